using Pilotlight.Api;

namespace Pilotlight.Logs;

/// <summary>https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html</summary>
static class DeleteSubscriptionFilter
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var group = input.GroupName();
        var name = input.StreamName("filterName");
        input.RefuseInvalid();
        return await store.UnsubscribeAsync(new LogGroupKey(input.Scope, group), name) is { } refused ? refused : AwsResult.Empty(200);
    }
}
