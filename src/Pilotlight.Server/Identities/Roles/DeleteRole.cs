using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html</summary>
static class DeleteRole
{
    public static QueryModel Model { get; } = new(RoleOperation.RoleName);

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var role = change.Account.FindOwnRole(request);
        if (change.Account.InstanceProfiles.Any(profile => profile.RoleId == role.Id))
            throw IamErrors.Conflict("Cannot delete entity, must remove roles from instance profile first.").AsException();
        if (role.AttachedPolicies.Count > 0)
            throw IamErrors.Conflict("Cannot delete entity, must detach all policies first.").AsException();
        if (role.InlinePolicies.Count > 0)
            throw IamErrors.Conflict("Cannot delete entity, must delete policies first.").AsException();
        change.Remove(role);
    });
}
