using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Logs;

/// <summary>https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html</summary>
static class PutResourcePolicy
{
    const int Most = 10;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var name = input.Required("policyName", input.Text("policyName", 1, 512));
        var document = input.Required("policyDocument", input.Text("policyDocument", 1, 5120));
        var resource = input.Text("resourceArn", 1, 2048);
        input.RefuseInvalid();
        // The words are ours.
        if (resource is not null)
            return LogsErrors.InvalidParameter("Policies of single log groups (resourceArn) are not supported by this platform.");
        if (Policy.TryParse(document, PolicyKind.Resource, "resource policy", out _) is null)
            return LogsErrors.InvalidParameter("The policy document is not valid.");
        var policy = new LogResourcePolicy(input.Scope, name, document, store.Now);
        return await store.PutPolicyAsync(policy, Most) is { } refused
            ? refused
            : AwsResult.Json(new ResourcePolicyOutput(ResourcePolicyShown.Of(policy)), LogsJson.Default.ResourcePolicyOutput);
    }
}
