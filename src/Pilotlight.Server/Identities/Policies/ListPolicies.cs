using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html</summary>
static class ListPolicies
{
    public static QueryModel Model { get; } = Listing(
        Optional("Scope", PolicyScope), Optional("OnlyAttached", IamShapes.Flag), Optional("PathPrefix", PolicyPath),
        Optional("PolicyUsageFilter", PolicyUsage));

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var account = request.Account;
        var (attached, bounding) = account.CountPolicyUses();
        var policies = request.Text("Scope") switch
        {
            "AWS" => request.Services.AwsPolicies.All,
            "Local" => account.Policies,
            _ => account.Policies.Concat(request.Services.AwsPolicies.All),
        };
        policies = policies.UnderPath(request);
        var usage = request.Text("PolicyUsageFilter");
        if (usage is not null || request.Flag("OnlyAttached") == true)
        {
            policies = policies.Where(policy =>
                usage != "PermissionsBoundary" && attached.ContainsKey(policy.Arn) || usage != "PermissionsPolicy" && bounding.ContainsKey(policy.Arn));
        }

        return request.Page("Policies", policies, static policy => policy.Arn, (xml, policy) =>
            xml.ListedPolicy(policy, attached.GetValueOrDefault(policy.Arn), bounding.GetValueOrDefault(policy.Arn)));
    }
}
