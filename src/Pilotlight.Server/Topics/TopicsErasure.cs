using Pilotlight.Storage;

namespace Pilotlight.Topics;

/// <summary>Empties topics, subscriptions and what was not delivered. The key that signs stays.</summary>
sealed class TopicsErasure(TopicCatalog catalog, DeliverySupervisor deliveries, FifoMemory fifo, TopicMeter meter) : IErasable
{
    public async Task EraseAsync()
    {
        await catalog.ClearAsync();
        await deliveries.ClearAsync();
        fifo.Clear();
        meter.Clear();
    }
}
