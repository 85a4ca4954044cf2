using System.Collections.Immutable;
using Pilotlight.Authorization;

namespace Pilotlight.Queues;

/// <summary>A queue's policy, as its attribute <c>Policy</c> has it.</summary>
sealed record QueuePolicy(string Document) : IPolicyDocument;

/// <summary>What a caller set on a queue, and AWS's defaults for the rest. Immutable.</summary>
public sealed record QueueSettings
{
    /// <summary>By attribute name, only what was set, in the form in which AWS shows it.</summary>
    public ImmutableSortedDictionary<string, string> Values { get; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = NoTexts;

    public DateTimeOffset Modified { get; init; }

    public TimeSpan VisibilityTimeout { get; }

    public TimeSpan Delay { get; }

    public TimeSpan ReceiveWait { get; }

    public TimeSpan Retention { get; }

    public int MaximumMessageBytes { get; }

    public RedrivePolicy? RedrivePolicy { get; }

    public RedriveAllowPolicy? RedriveAllowPolicy { get; }

    public bool DeduplicatesByContent { get; }

    /// <summary>One message group's ids do not meet another's.</summary>
    public bool DeduplicatesByGroup { get; }

    internal QueuePolicy? Policy { get; }

    internal static readonly ImmutableSortedDictionary<string, string> NoTexts = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <param name="values">Valid, as <see cref="QueueAttributes"/> makes them.</param>
    public QueueSettings(ImmutableSortedDictionary<string, string> values)
    {
        Values = values;
        VisibilityTimeout = Seconds("VisibilityTimeout", 30);
        Delay = Seconds("DelaySeconds", 0);
        ReceiveWait = Seconds("ReceiveMessageWaitTimeSeconds", 0);
        Retention = Seconds("MessageRetentionPeriod", 345_600);
        MaximumMessageBytes = Number("MaximumMessageSize", QueueAttributes.MaxMessageBytes);
        RedrivePolicy = values.TryGetValue("RedrivePolicy", out var redrive) ? RedrivePolicy.Parse(redrive, out _) : null;
        RedriveAllowPolicy = values.TryGetValue("RedriveAllowPolicy", out var allow) ? RedriveAllowPolicy.Parse(allow) : null;
        DeduplicatesByContent = values.GetValueOrDefault("ContentBasedDeduplication") == "true";
        DeduplicatesByGroup = values.GetValueOrDefault("DeduplicationScope") == "messageGroup";
        Policy = values.TryGetValue("Policy", out var policy) ? new QueuePolicy(policy) : null;
    }

    /// <summary>The same with other values.</summary>
    public QueueSettings With(ImmutableSortedDictionary<string, string> values, DateTimeOffset modified) =>
        new(values) { Tags = Tags, Modified = modified };

    TimeSpan Seconds(string name, int otherwise) => TimeSpan.FromSeconds(Number(name, otherwise));

    int Number(string name, int otherwise) => Values.TryGetValue(name, out var text) ? int.Parse(text) : otherwise;
}
