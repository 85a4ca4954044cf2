using Pilotlight.Api;

namespace Pilotlight.Logs;

/// <summary>https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html</summary>
static class DescribeSubscriptionFilters
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var group = input.GroupName();
        var prefix = input.OptionalStreamName("filterNamePrefix");
        var limit = (int)(input.Number("limit", 1, 50) ?? 50);
        var after = input.Text("nextToken", 1, 4096);
        input.RefuseInvalid();
        if (store.FindGroup(input.Scope, group) is null)
            return AwsResult.Refused(LogsErrors.NoSuchGroup);
        var found = store.SubscriptionsOf(new LogGroupKey(input.Scope, group))
            .Where(each => (prefix is null || each.FilterName.StartsWith(prefix, StringComparison.Ordinal))
                && (after is null || string.CompareOrdinal(each.FilterName, after) > 0))
            .OrderBy(static each => each.FilterName, StringComparer.Ordinal).Take(limit + 1).ToList();
        var next = found.Count > limit ? found[limit - 1].FilterName : null;
        return AwsResult.Json(
            new SubscriptionFiltersOutput([.. found.Take(limit).Select(Shown)], next), LogsJson.Default.SubscriptionFiltersOutput);
    }

    static SubscriptionFilterOutput Shown(LogSubscription subscription) => new(
        subscription.FilterName, subscription.Group.Group, subscription.FilterPattern, subscription.DestinationArn, subscription.RoleArn,
        subscription.Distribution, ApplyOnTransformedLogs: false, subscription.CreatedMilliseconds);
}
