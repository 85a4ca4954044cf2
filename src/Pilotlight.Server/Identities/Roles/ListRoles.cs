using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html</summary>
static class ListRoles
{
    public static QueryModel Model { get; } = Listing(Optional("PathPrefix", PathPrefix));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.Page(
        "Roles", request.Account.Roles.UnderPath(request), static role => role.Name, static (xml, role) => xml.ListedRole(role));

    /// <summary>Those whose path starts with what the request asks for.</summary>
    public static IEnumerable<T> UnderPath<T>(this IEnumerable<T> entities, IamRequest request) where T : IdentityEntity =>
        request.Text("PathPrefix") is { } prefix ? entities.Where(entity => entity.Path.StartsWith(prefix, StringComparison.Ordinal)) : entities;
}
