using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>What rules and schedules did, for the metrics.</summary>
sealed class DeliveryMeter : IMetricSource
{
    long _events;
    long _matched;
    long _invocations;
    long _failed;
    long _deadLettered;
    long _lost;

    public void Accepted(int events) => Interlocked.Add(ref _events, events);
    public void Matched() => Interlocked.Increment(ref _matched);
    public void Invoked() => Interlocked.Increment(ref _invocations);
    public void Failed() => Interlocked.Increment(ref _failed);
    public void DeadLettered() => Interlocked.Increment(ref _deadLettered);
    public void Lost() => Interlocked.Increment(ref _lost);

    public IEnumerable<Metric> Read() =>
    [
        new Metric("bus_events_total", "Events that buses accepted.", Interlocked.Read(ref _events)),
        new Metric("bus_matched_events_total", "Events that a rule matched, once for each rule.", Interlocked.Read(ref _matched)),
        new Metric("bus_invocations_total", "Attempts of rules and schedules to reach a target.", Interlocked.Read(ref _invocations)),
        new Metric("bus_failed_invocations_total", "Deliveries that were given up.", Interlocked.Read(ref _failed)),
        new Metric("bus_dead_lettered_total", "Deliveries that were given up and lie in a dead-letter queue.", Interlocked.Read(ref _deadLettered)),
        new Metric("bus_lost_dead_letters_total", "Dead letters that their queue would not take.", Interlocked.Read(ref _lost)),
    ];
}
