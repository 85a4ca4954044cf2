using Pilotlight.Api;

namespace Pilotlight.Logs;

/// <summary>https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteResourcePolicy.html</summary>
static class DeleteResourcePolicy
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var name = input.Required("policyName", input.Text("policyName", 1, 512));
        input.RefuseInvalid();
        return await store.DeletePolicyAsync(input.Scope, name) is { } refused ? refused : AwsResult.Empty(200);
    }
}
