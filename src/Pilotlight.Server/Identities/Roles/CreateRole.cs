using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html</summary>
static class CreateRole
{
    const int MaxRoles = 5_000;

    public static QueryModel Model { get; } = new(
        Optional("Path", IamShapes.Path), Required("RoleName", RoleName), Required("AssumeRolePolicyDocument", Document),
        Optional("Description", Description), Optional("MaxSessionDuration", MaxSessionDuration), Optional("PermissionsBoundary", Arn),
        Optional("Tags", IamShapes.Tags));

    public static string ResourceOf(IamRequest request) =>
        $"arn:aws:iam::{request.AccountId}:role{request.Text("Path") ?? "/"}{request["RoleName"]}";

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var role = new Role
        {
            AccountId = request.AccountId,
            Id = UniqueId.OfRole(),
            Name = request["RoleName"],
            Path = request.Text("Path") ?? "/",
            CreatedAt = request.Now,
            TrustPolicy = PolicyRules.Trust(request["AssumeRolePolicyDocument"]),
            Description = request.Text("Description"),
            MaxSessionSeconds = request.Number("MaxSessionDuration"),
            PermissionsBoundary = request.Text("PermissionsBoundary"),
            Tags = request.Tags(),
        };
        return request.ChangeAsync(
            change =>
            {
                if (change.Account.Roles.IsTaken(role.Name))
                    throw IamErrors.NameTaken("Role", role.Name).AsException();
                if (change.Account.Roles.Count >= MaxRoles)
                    throw IamErrors.Quota("RolesPerAccount", MaxRoles).AsException();
                PermissionsBoundary.RefuseUnknown(request, change.Account, role.PermissionsBoundary);
                change.Put(role);
                return role;
            },
            static (xml, role) => xml.Structure("Role", xml => xml.CreatedRole(role)));
    }
}
