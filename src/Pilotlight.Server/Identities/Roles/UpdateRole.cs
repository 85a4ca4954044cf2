using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html</summary>
static class UpdateRole
{
    public static QueryModel Model { get; } = new(
        RoleOperation.RoleName, Optional("Description", Description), Optional("MaxSessionDuration", MaxSessionDuration));

    /// <summary>What is not given takes its default: the description goes, a session lasts an hour again.</summary>
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(
        change =>
        {
            var role = change.Account.FindOwnRole(request) with
            {
                Description = request.Text("Description"),
                MaxSessionSeconds = request.Number("MaxSessionDuration"),
            };
            change.Put(role);
            return role;
        },
        static (_, _) => { });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html</summary>
static class UpdateRoleDescription
{
    public static QueryModel Model { get; } = new(RoleOperation.RoleName, Required("Description", Description));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(
        change =>
        {
            var role = change.Account.FindOwnRole(request) with { Description = request["Description"] };
            change.Put(role);
            return role;
        },
        (xml, role) => xml.Structure("Role", xml => xml.WholeRole(role, request.Services.Uses.FindRole(role.Id))));
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html</summary>
static class UpdateAssumeRolePolicy
{
    public static QueryModel Model { get; } = new(RoleOperation.RoleName, Required("PolicyDocument", Document));

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var trust = PolicyRules.Trust(request["PolicyDocument"]);
        return request.ChangeAsync(change => change.Put(change.Account.FindOwnRole(request) with { TrustPolicy = trust }));
    }
}
