using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html</summary>
static class ListUsers
{
    public static QueryModel Model { get; } = Listing(Optional("PathPrefix", PathPrefix));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.Page(
        "Users", request.Account.Users.UnderPath(request), static user => user.Name, static (xml, user) => xml.Entity("User", user));
}
