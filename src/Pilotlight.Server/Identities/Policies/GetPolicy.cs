using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html</summary>
static class GetPolicy
{
    public static QueryModel Model { get; } = new(PolicyOperation.PolicyArn);

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        var policy = request.FindPolicy(account);
        var (attached, bounding) = account.CountPolicyUses();
        return request.Answer(xml => xml.Structure("Policy", xml =>
        {
            xml.ListedPolicy(policy, attached.GetValueOrDefault(policy.Arn), bounding.GetValueOrDefault(policy.Arn));
            xml.Text("Description", policy.Description);
            xml.Tags(policy.Tags);
        }));
    }
}
