using Pilotlight.Api;

namespace Pilotlight.Invocations.Events;

/// <summary>AWS's AsyncEventsReceived, AsyncEventsDropped, AsyncEventAge, DestinationDeliveryFailures and DeadLetterErrors.</summary>
sealed class EventMeter
{
    long _received;
    long _dropped;
    long _deliveryFailures;
    long _deadLetterErrors;
    long _ages;
    long _ageMilliseconds;

    public void CountReceived() => Interlocked.Increment(ref _received);

    public void CountDropped() => Interlocked.Increment(ref _dropped);

    public void CountDeliveryFailure() => Interlocked.Increment(ref _deliveryFailures);

    public void CountDeadLetterError() => Interlocked.Increment(ref _deadLetterErrors);

    /// <summary>How old an event was when its first attempt began.</summary>
    public void CountAge(TimeSpan age)
    {
        Interlocked.Increment(ref _ages);
        Interlocked.Add(ref _ageMilliseconds, (long)age.TotalMilliseconds);
    }

    public IEnumerable<Metric> Read() =>
    [
        new("async_events_received_total", "Events that were accepted.", Volatile.Read(ref _received)),
        new("async_events_dropped_total", "Events that ended without having been run successfully.", Volatile.Read(ref _dropped)),
        new("async_event_age_seconds_total", "Sum of the ages of events when they were first run.", Volatile.Read(ref _ageMilliseconds) / 1000.0),
        new("async_event_ages_total", "Events in that sum.", Volatile.Read(ref _ages)),
        new("destination_delivery_failures_total", "Records that no destination took.", Volatile.Read(ref _deliveryFailures)),
        new("dead_letter_errors_total", "Events that their dead-letter queue did not take.", Volatile.Read(ref _deadLetterErrors)),
    ];
}
