using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>How an attempt to run an event ended.</summary>
enum EventEnd
{
    Done,
    Throttled,
    Failed,
}

/// <summary>
/// The attempts at one event: when the next one is due, if any (spec/invoke.md 4). A function that failed is tried again after one
/// minute and after two; one that was throttled after a second, then ever later, and that costs no attempt.
/// </summary>
sealed class EventAttempts
{
    const int DefaultRetries = 2;

    static readonly TimeSpan s_defaultAge = TimeSpan.FromHours(6);
    static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);

    int _failures;
    TimeSpan _pause = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait; null when the event is at its end. One that would be too old by then is not tried again.</summary>
    /// <param name="config">What is configured now for the qualifier that was invoked.</param>
    public TimeSpan? Next(EventEnd end, TimeSpan age, EventInvokeConfig? config)
    {
        TimeSpan pause;
        switch (end)
        {
            case EventEnd.Throttled:
                pause = _pause;
                _pause = _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
                break;
            case EventEnd.Failed when _failures < (config?.MaximumRetryAttempts ?? DefaultRetries):
                pause = TimeSpan.FromMinutes(++_failures);
                break;
            default:
                return null;
        }

        var oldest = config?.MaximumEventAgeInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : s_defaultAge;
        return age + pause < oldest ? pause : null;
    }
}
