using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Iam;

namespace Pilotlight.Logs;

/// <summary>https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html</summary>
static class PutSubscriptionFilter
{
    const int Most = 2;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store, SubscriptionDeliveries deliveries, Authorizer authorizer)
    {
        var input = new LogsInput(request);
        var group = input.GroupName();
        var name = input.StreamName("filterName");
        var pattern = input.Required("filterPattern", input.Text("filterPattern", 0, 1024));
        var destination = input.Required("destinationArn", input.Text("destinationArn", 1, 2048));
        var role = input.Text("roleArn", 1, 2048);
        var distribution = input.Choice("distribution", "Random", "ByLogStream") ?? "ByLogStream";
        var criteria = input.Text("fieldSelectionCriteria", 0, 2000);
        var fields = input.Texts("emitSystemFields", 10);
        var isOfTransformed = input.IsTrue("applyOnTransformedLogs");
        input.RefuseInvalid();
        if (isOfTransformed || fields is { Count: > 0 } || criteria is { Length: > 0 })
            return NotHere;
        if (store.FindGroup(input.Scope, group) is not { } known)
            return LogsErrors.NoSuchGroup;
        var subscription = new LogSubscription
        {
            Group = new LogGroupKey(input.Scope, group),
            GroupId = known.Id,
            FilterName = name,
            FilterPattern = pattern,
            DestinationArn = destination,
            RoleArn = role,
            Distribution = distribution,
            CreatedMilliseconds = store.Now,
        };
        FilterPattern.Parse(pattern);
        if (RefuseDestination(subscription) is { } refused)
            return refused;
        // AWS takes it, and warns of the bill. The words are ours.
        if (deliveries.IsForItself(subscription))
            return LogsErrors.InvalidParameter("The destination function writes to this log group: it would be invoked for its own output without end.");
        if (role is not null && authorizer.Check(request, "iam:PassRole", role, PassedToLogs) is { } notPassed)
            return notPassed;
        var others = store.SubscriptionsOf(subscription.Group).Where(other => other.FilterName != name);
        if (others.Count() >= Most)
            return LogsErrors.LimitExceeded;
        var control = SubscriptionEvent.WriteControl(subscription, store.Now);
        if (!(await deliveries.SendAsync(subscription, "", control, request.Aborted)).IsDelivered)
            return Unreachable(subscription);
        return await store.SubscribeAsync(subscription, Most) is { } error ? error : AwsResult.Empty(200);

        static ConditionValues PassedToLogs(string key) =>
            key.Equals("iam:passedtoservice", StringComparison.OrdinalIgnoreCase) ? "logs.amazonaws.com" : ConditionValues.None;
    }

    /// <summary>The words are ours.</summary>
    static AwsError NotHere { get; } = LogsErrors.InvalidParameter(
        "applyOnTransformedLogs, emitSystemFields and fieldSelectionCriteria are not supported by this platform.");

    static AwsError? RefuseDestination(LogSubscription subscription)
    {
        if (subscription.DestinationArn.Split(':', 6) is not ["arn", _, var vendor, var region, _, _])
            return LogsErrors.InvalidParameter("Invalid destinationArn specified");
        if (vendor is not ("lambda" or "kinesis"))
            return LogsErrors.InvalidParameter($"PutSubscriptionFilter operation cannot work with destinationArn for vendor {vendor}");
        if (vendor == "lambda" && subscription.RoleArn is not null)
            return LogsErrors.InvalidParameter("destinationArn for vendor lambda cannot be used with roleArn");
        if (vendor == "kinesis" && subscription.RoleArn is null)
            return LogsErrors.InvalidParameter("destinationArn for vendor kinesis must be used with roleArn");
        return region == subscription.Group.Scope.Region ? null : Unreachable(subscription);
    }

    static AwsError Unreachable(LogSubscription subscription) => LogsErrors.InvalidParameter(subscription.IsToFunction
        ? "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function."
        : "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.");
}
