using Pilotlight.Api;

namespace Pilotlight.Logs;

/// <summary>https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html</summary>
static class DescribeResourcePolicies
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var limit = (int)(input.Number("limit", 1, 50) ?? 50);
        var after = input.Text("nextToken", 1, 4096);
        input.RefuseInvalid();
        var found = store.PoliciesOf(input.Scope).Where(policy => after is null || string.CompareOrdinal(policy.Name, after) > 0).Take(limit + 1).ToList();
        var next = found.Count > limit ? found[limit - 1].Name : null;
        return AwsResult.Json(new ResourcePoliciesOutput([.. found.Take(limit).Select(ResourcePolicyShown.Of)], next), LogsJson.Default.ResourcePoliciesOutput);
    }
}
