namespace Pilotlight.Invocations;

/// <summary>Section <c>Invocations</c>.</summary>
public sealed class InvocationsOptions
{
    /// <summary>
    /// Before the first retry of an event whose function failed; before the second it is twice as long. A throttled function rests for a
    /// sixtieth of it, then ever longer. AWS: one minute.
    /// </summary>
    public TimeSpan RetryBaseDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Events that run at once, on the whole machine; one function never has more than half of them.</summary>
    public int MaxConcurrentEvents { get; set; } = 256;

    /// <summary>Failed events of one function that <c>pilotlight events</c> remembers.</summary>
    public int FailedEventsKept { get; set; } = 1000;
}
