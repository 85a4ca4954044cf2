using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html</summary>
static class DeleteUser
{
    public static QueryModel Model { get; } = new(UserOperation.UserName);

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var user = change.Account.FindUser(request);
        if (user.AttachedPolicies.Count > 0)
            throw IamErrors.Conflict("Cannot delete entity, must detach all policies first.").AsException();
        if (user.InlinePolicies.Count > 0)
            throw IamErrors.Conflict("Cannot delete entity, must delete policies first.").AsException();
        if (user.AccessKeys.Count > 0)
            throw IamErrors.Conflict("Cannot delete entity, must delete access keys first.").AsException();
        if (user.GroupIds.Count > 0)
            throw IamErrors.Conflict("Cannot delete entity, must remove users from group first.").AsException();
        change.Remove(user);
    });
}
