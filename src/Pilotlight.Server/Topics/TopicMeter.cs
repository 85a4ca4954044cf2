using System.Collections.Concurrent;
using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>What became of the messages of a subscription, since the start.</summary>
sealed class SubscriptionCounts
{
    public long Delivered;
    public long Failed;
    public long FilteredOut;
    public long DeadLettered;

    /// <summary>Handed to the dead-letter queue, which may not have taken them yet.</summary>
    public long GivenUp;
    public long Lost;
}

/// <summary>Counts messages and what became of them.</summary>
sealed class TopicMeter : IMetricSource
{
    readonly ConcurrentDictionary<string, SubscriptionCounts> _subscriptions = new();
    readonly ConcurrentDictionary<string, long> _published = new();
    long _pending;

    public SubscriptionCounts Of(string subscriptionArn) => _subscriptions.GetOrAdd(subscriptionArn, static _ => new SubscriptionCounts());

    public void Published(string topicArn) => _published.AddOrUpdate(topicArn, 1, static (_, count) => count + 1);

    public void Pend(long deliveries) => Interlocked.Add(ref _pending, deliveries);

    public long Pending => Interlocked.Read(ref _pending);

    public void Forget(string subscriptionArn) => _subscriptions.TryRemove(subscriptionArn, out _);

    public void Clear()
    {
        _subscriptions.Clear();
        _published.Clear();
    }

    public IEnumerable<Metric> Read()
    {
        yield return new Metric("topic_deliveries_pending", "Messages on their way to subscriptions.", Pending);
        foreach (var (topic, count) in _published)
            yield return new Metric("topic_messages_published_total", "Messages that topics took in.", count, $"topic=\"{topic}\"");
        foreach (var (arn, counts) in _subscriptions)
        {
            yield return Of(arn, "delivered", counts.Delivered);
            yield return Of(arn, "failed", counts.Failed);
            yield return Of(arn, "filtered_out", counts.FilteredOut);
            yield return Of(arn, "dead_lettered", counts.DeadLettered);
            yield return Of(arn, "lost", counts.Lost);
        }

        static Metric Of(string arn, string outcome, long count) => new(
            "topic_notifications_total",
            "Messages by what became of them: delivered; failed attempts; filtered out; dead_lettered, or lost without a dead-letter queue.",
            count, $"subscription=\"{arn}\",outcome=\"{outcome}\"");
    }
}
