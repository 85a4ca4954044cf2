using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>What the operations on roles share.</summary>
static class RoleOperation
{
    public static ModelMember RoleName { get; } = IamShapes.Required("RoleName", IamShapes.RoleName);

    public static Role FindRole(this Account account, IamRequest request) =>
        account.Roles.Find(request["RoleName"]) ?? throw IamErrors.NoName("role", request["RoleName"]).AsException();

    /// <summary>As <see cref="FindRole"/>, for a change: what belongs to a service is not the account's to change.</summary>
    public static Role FindOwnRole(this Account account, IamRequest request)
    {
        var role = account.FindRole(request);
        return role.Path.StartsWith(CreateServiceLinkedRole.PathPrefix, StringComparison.Ordinal)
            ? throw IamErrors.Unmodifiable(
                $"Cannot perform the operation on the protected role '{role.Name}' - this role is only modifiable by AWS").AsException()
            : role;
    }
}
