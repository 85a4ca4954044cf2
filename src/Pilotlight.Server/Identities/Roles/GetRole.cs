using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html</summary>
static class GetRole
{
    public static QueryModel Model { get; } = new(RoleOperation.RoleName);

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var role = request.Account.FindRole(request);
        return request.Answer(xml => xml.Structure("Role", xml => xml.WholeRole(role, request.Services.Uses.FindRole(role.Id))));
    }
}
