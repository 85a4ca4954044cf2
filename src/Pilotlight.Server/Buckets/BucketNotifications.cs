using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Targets;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html</summary>
static partial class PutBucketNotificationConfiguration
{
    const int MaxRules = 100;

    static readonly HashSet<string> s_events = new(StringComparer.Ordinal)
    {
        "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated",
        "s3:ObjectRestore:*", "s3:ObjectRestore:Post", "s3:ObjectRestore:Completed", "s3:ObjectRestore:Delete", "s3:ReducedRedundancyLostObject",
        "s3:Replication:*", "s3:Replication:OperationFailedReplication", "s3:Replication:OperationNotTracked",
        "s3:Replication:OperationMissedThreshold", "s3:Replication:OperationReplicatedAfterThreshold",
        "s3:LifecycleExpiration:*", "s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:DeleteMarkerCreated", "s3:LifecycleTransition",
        "s3:IntelligentTiering", "s3:ObjectTagging:*", "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete", "s3:ObjectAcl:Put",
    };

    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var document = BucketXml.Read(request, "NotificationConfiguration");
        var configuration = new NotificationConfiguration(
            Read(document, ["LambdaFunctionConfiguration", "CloudFunctionConfiguration"], ["CloudFunction", "Function", "LambdaFunctionArn"], "lambda"),
            Read(document, ["QueueConfiguration"], ["Queue"], "sqs"), Read(document, ["TopicConfiguration"], ["Topic"], "sns"),
            document.Child("EventBridgeConfiguration") is not null);
        CheckOverlaps(configuration);
        if (configuration.All.GroupBy(static rule => rule.Id).Any(static group => group.Count() > 1))
            throw BucketErrors.InvalidArgument("Same ID used for multiple configurations. IDs must be unique", "Id", null).AsException();
        if (!string.Equals(request.GivenHeader("x-amz-skip-destination-validation"), "true", StringComparison.OrdinalIgnoreCase))
            await ValidateAsync(request, services, bucket, configuration);
        await services.Store.ChangeAsync(bucket, settings => settings with { Notifications = configuration });
        return AwsResult.Empty(200);
    }

    static List<NotificationRule> Read(XElement document, string[] elements, string[] targets, string service)
    {
        var rules = document.Elements().Where(child => elements.Contains(child.Name.LocalName)).Select(element => ReadRule(element, targets, service)).ToList();
        return rules.Count <= MaxRules ? rules : throw BucketErrors.InvalidArgument("The notification configuration has too many rules.", "NotificationConfiguration", null).AsException();
    }

    static NotificationRule ReadRule(XElement element, string[] targets, string service)
    {
        var arn = targets.Select(element.Text).FirstOrDefault(static text => text is not null) ?? throw BucketErrors.MalformedXml.AsException();
        if (!ArnPattern().IsMatch(arn) || arn.Split(':', 4)[2] != service)
            throw BucketErrors.InvalidArgument("The ARN could not be parsed", targets[0], arn).AsException();
        var events = element.Children("Event").Select(static item => item.Value).ToList();
        if (events.Count == 0)
            throw BucketErrors.MalformedXml.AsException();
        if (events.Find(static name => !s_events.Contains(name)) is { } unknown)
            throw BucketErrors.InvalidArgument("The event '" + unknown + "' is not supported for notifications", "Event", unknown).AsException();
        if (arn.EndsWith(".fifo", StringComparison.Ordinal))
            throw BucketErrors.InvalidArgument(
                service == "sqs" ? "FIFO SQS queues are not supported" : "FIFO SNS topics are not supported", targets[0], arn).AsException();
        var id = element.Text("Id") is { Length: > 0 } given ? given : Guid.NewGuid().ToString();
        if (id.Length > 255)
            throw BucketErrors.InvalidArgument("The configuration ID is too long", "Id", id).AsException();
        return ReadFilter(element, new NotificationRule(id, arn, events, null, null));
    }

    static NotificationRule ReadFilter(XElement element, NotificationRule rule)
    {
        foreach (var filter in element.Child("Filter")?.Child("S3Key")?.Children("FilterRule") ?? [])
        {
            var (name, value) = (filter.Required("Name"), filter.Text("Value") ?? "");
            if (value.Length > 1024)
                throw BucketErrors.InvalidArgument("Filter rule value cannot exceed 1024 characters", "FilterRule.Value", null).AsException();
            if (name.Equals("prefix", StringComparison.OrdinalIgnoreCase))
            {
                rule = rule.Prefix is null
                    ? rule with { Prefix = value }
                    : throw BucketErrors.InvalidArgument("Cannot specify more than one prefix rule in a filter.", "FilterRule", name).AsException();
            }
            else if (name.Equals("suffix", StringComparison.OrdinalIgnoreCase))
            {
                rule = rule.Suffix is null
                    ? rule with { Suffix = value, IsSuffixFirst = rule.Prefix is null }
                    : throw BucketErrors.InvalidArgument("Cannot specify more than one suffix rule in a filter.", "FilterRule", name).AsException();
            }
            else
                throw BucketErrors.InvalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", name).AsException();
        }

        return rule;
    }

    /// <summary>Two rules must not both claim one event of one key.</summary>
    static void CheckOverlaps(NotificationConfiguration configuration)
    {
        var rules = configuration.All.ToList();
        for (var one = 0; one < rules.Count; one++)
        {
            for (var two = one + 1; two < rules.Count; two++)
            {
                if (Overlap(rules[one], rules[two]))
                    throw BucketErrors.InvalidArgument("Configurations overlap. Configurations on the same bucket cannot share a common event type.", "NotificationConfiguration", null).AsException();
            }
        }
    }

    static bool Overlap(NotificationRule one, NotificationRule two)
    {
        var (prefix, suffix) = (one.Prefix ?? "", one.Suffix ?? "");
        var (otherPrefix, otherSuffix) = (two.Prefix ?? "", two.Suffix ?? "");
        return one.Events.Any(name => two.Events.Any(other => name == other || Covers(name, other) || Covers(other, name)))
            && (prefix.StartsWith(otherPrefix, StringComparison.Ordinal) || otherPrefix.StartsWith(prefix, StringComparison.Ordinal))
            && (suffix.EndsWith(otherSuffix, StringComparison.Ordinal) || otherSuffix.EndsWith(suffix, StringComparison.Ordinal));

        static bool Covers(string pattern, string name) => pattern.EndsWith('*') && name.StartsWith(pattern[..^1], StringComparison.Ordinal);
    }

    /// <summary>Each must be there and let this bucket in; queues and topics are told so.</summary>
    static async Task ValidateAsync(AwsRequest request, BucketServices services, Bucket bucket, NotificationConfiguration configuration)
    {
        var test = ObjectEventJson.Test(bucket, ChangeOrigin.Of(request), services.Time.GetUtcNow());
        var targets = configuration.All.DistinctBy(static rule => rule.TargetArn).Select(rule => new Delivery
        {
            TargetArn = rule.TargetArn,
            Payload = test,
            Sender = new Sender.Service(NotificationDispatcher.Principal, bucket.Arn, bucket.AccountId),
            Subject = "Amazon S3 Notification",
        }).ToList();
        if (targets.Find(target => !services.Targets.Exists(target.TargetArn)) is { } missing)
            throw Invalid(missing.TargetArn, missing.TargetArn.Contains(":lambda:", StringComparison.Ordinal)
                ? "The destination Lambda does not exist" : missing.TargetArn.Contains(":sqs:", StringComparison.Ordinal)
                ? "The destination queue does not exist" : "The destination topic does not exist").AsException();
        if (targets.Find(target => services.Targets.Refusal(target) is not null) is { } closed)
            throw Invalid(closed.TargetArn, closed.TargetArn.Contains(":lambda:", StringComparison.Ordinal)
                ? "Not authorized to invoke function [" + closed.TargetArn + "]" : closed.TargetArn.Contains(":sqs:", StringComparison.Ordinal)
                ? "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
                : "Permissions on the destination topic do not allow S3 to publish notifications from this bucket").AsException();
        foreach (var target in targets.Where(static target => !target.TargetArn.Contains(":lambda:", StringComparison.Ordinal)))
            await services.Targets.SendAsync(target, request.Aborted);
    }

    static AwsError Invalid(string arn, string reason) =>
        new AwsError(400, "InvalidArgument", "Unable to validate the following destination configurations") with
        {
            Members = [("ArgumentName1", arn), ("ArgumentValue1", reason)],
        };

    [GeneratedRegex(@"^arn:[a-z\-]+:(lambda|sqs|sns):[a-z0-9\-]+:\d{12}:\S+\z")]
    private static partial Regex ArnPattern();
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html</summary>
static class GetBucketNotificationConfiguration
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var notifications = services.Store.Get(request.Address.Bucket).Settings.Notifications;
        return BucketXml.Answer(request, "NotificationConfiguration", (xml, _) =>
        {
            foreach (var rule in notifications.Topics)
                Write(xml, "TopicConfiguration", "Topic", rule);
            foreach (var rule in notifications.Queues)
                Write(xml, "QueueConfiguration", "Queue", rule);
            foreach (var rule in notifications.Functions)
                Write(xml, "CloudFunctionConfiguration", "CloudFunction", rule);
            if (notifications.ToEventBridge)
                xml.Structure("EventBridgeConfiguration", static _ => { });
        });
    }

    static void Write(QueryXml xml, string element, string target, NotificationRule rule) => xml.Structure(element, item =>
    {
        item.Text("Id", rule.Id);
        item.Text(target, rule.TargetArn);
        foreach (var name in rule.Events)
            item.Text("Event", name);
        (string Name, string? Value)[] filters = rule.IsSuffixFirst ? [("Suffix", rule.Suffix), ("Prefix", rule.Prefix)] : [("Prefix", rule.Prefix), ("Suffix", rule.Suffix)];
        if (rule.Prefix is null && rule.Suffix is null)
            return;
        item.Structure("Filter", filter => filter.Structure("S3Key", key =>
        {
            foreach (var (name, value) in filters.Where(static one => one.Value is not null))
            {
                key.Structure("FilterRule", one =>
                {
                    one.Text("Name", name);
                    one.Text("Value", value);
                });
            }
        }));
    });
}
