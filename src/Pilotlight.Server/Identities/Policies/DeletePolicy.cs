using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html</summary>
static class DeletePolicy
{
    public static QueryModel Model { get; } = new(PolicyOperation.PolicyArn);

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var policy = request.FindOwnPolicy(change.Account);
        if (change.Account.PolicyHolders.Any(holder => holder.AttachedPolicies.Contains(policy.Arn) || holder.PermissionsBoundary == policy.Arn))
            throw IamErrors.Conflict("Cannot delete a policy attached to entities.").AsException();
        if (policy.Versions.Count > 1)
        {
            throw IamErrors.Conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.").AsException();
        }

        change.Remove(policy);
    });
}
