namespace Pilotlight.EventBuses;

/// <summary>Section <c>EventBuses</c>.</summary>
public sealed class EventBusOptions
{
    /// <summary>Before the second attempt at a delivery; it doubles with each further one, up to eight minutes.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Deliveries under way at once.</summary>
    public int Concurrency { get; set; } = 64;

    /// <summary>Deliveries under way at once to one target.</summary>
    public int ConcurrencyPerTarget { get; set; } = 16;

    /// <summary>How late a rule's schedule still fires, when the platform was not running at its time.</summary>
    public TimeSpan MissedRuleTolerance { get; set; } = TimeSpan.FromMinutes(1);
}
