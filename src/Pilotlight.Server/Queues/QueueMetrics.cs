using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>The numbers of every queue.</summary>
sealed class QueueMetrics(QueueCatalog catalog) : IMetricSource
{
    public IEnumerable<Metric> Read()
    {
        foreach (var queue in catalog.All().OrderBy(static queue => queue.Arn, StringComparer.Ordinal))
        {
            var labels = $"queue=\"{queue.Key.Name}\",account=\"{queue.Key.AccountId}\",region=\"{queue.Key.Region}\"";
            var counts = queue.Count();
            yield return new Metric("queue_messages_visible", "Messages that can be received.", counts.Visible, labels);
            yield return new Metric("queue_messages_in_flight", "Messages that were received and not deleted yet.", counts.InFlight, labels);
            yield return new Metric("queue_messages_delayed", "Messages whose delay is not over.", counts.Delayed, labels);
            yield return new Metric("queue_messages_sent_total", "Messages that were sent.", Volatile.Read(ref queue.Meter.Sent), labels);
            yield return new Metric("queue_messages_received_total", "Messages that were handed out.", Volatile.Read(ref queue.Meter.Received), labels);
            yield return new Metric("queue_messages_deleted_total", "Deletes of messages.", Volatile.Read(ref queue.Meter.Deleted), labels);
        }
    }
}
