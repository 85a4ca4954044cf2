using Pilotlight.Functions;

namespace Pilotlight.Invocations.Events;

/// <summary>When an event is tried again, if it is (spec/invoke.md 4).</summary>
sealed class RetryRules(InvocationsOptions options)
{
    const int DefaultRetries = 2;

    static readonly TimeSpan s_defaultAge = TimeSpan.FromHours(6);

    public static TimeSpan OldestOf(EventInvokeConfig? config) =>
        config?.MaximumEventAgeInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : s_defaultAge;

    /// <summary>
    /// After a failed attempt: how long to wait, or the condition that ends the event. One that would be too old by then is given up at once.
    /// </summary>
    /// <param name="failures">The failed attempts, this one included.</param>
    public (TimeSpan Pause, string? Condition) AfterFailure(int failures, TimeSpan age, EventInvokeConfig? config)
    {
        if (failures > (config?.MaximumRetryAttempts ?? DefaultRetries))
            return (default, EventCondition.RetriesExhausted);
        var pause = options.RetryBaseDelay * failures;
        return age + pause < OldestOf(config) ? (pause, null) : (default, EventCondition.EventAgeExceeded);
    }

    /// <summary>
    /// How long a throttled function's events rest: a second, then ever longer. AWS backs each event off by itself, up to five minutes, and
    /// notices room by those that come new; here the events of a function rest together, and not as long.
    /// </summary>
    /// <param name="times">How often it was throttled without anything having run between, this time included.</param>
    public TimeSpan AfterThrottle(int times) => options.RetryBaseDelay / 60 * Math.Min(1 << Math.Min(times - 1, 10), 20);
}
