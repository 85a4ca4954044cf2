using Pilotlight.Functions;
using Pilotlight.Invocations;
using Pilotlight.Invocations.Events;

namespace Pilotlight.Tests.Invocations;

public sealed class RetryRulesTests
{
    static readonly RetryRules s_rules = new(new InvocationsOptions());

    static readonly EventInvokeConfig s_config = new() { LastModified = default };

    static List<object?> Attempts(EventInvokeConfig? config, int attempts)
    {
        var age = TimeSpan.Zero;
        var ends = new List<object?>();
        for (var failures = 1; failures <= attempts; failures++)
        {
            var (pause, condition) = s_rules.AfterFailure(failures, age, config);
            ends.Add((object?)condition ?? pause.TotalSeconds);
            age += pause;
        }

        return ends;
    }

    [Fact]
    public void A_function_that_fails_is_tried_again_after_one_minute_and_after_two() =>
        Assert.Equal([60.0, 120.0, "RetriesExhausted"], Attempts(null, 3));

    [Fact]
    public void As_often_as_is_configured()
    {
        Assert.Equal(["RetriesExhausted"], Attempts(s_config with { MaximumRetryAttempts = 0 }, 1));
        Assert.Equal([60.0, "RetriesExhausted"], Attempts(s_config with { MaximumRetryAttempts = 1 }, 2));
    }

    [Fact]
    public void An_event_that_would_be_too_old_by_then_is_given_up_at_once()
    {
        Assert.Equal(["EventAgeExceeded"], Attempts(s_config with { MaximumEventAgeInSeconds = 60 }, 1));
        Assert.Equal([60.0, "EventAgeExceeded"], Attempts(s_config with { MaximumEventAgeInSeconds = 180 }, 2));
    }

    [Fact]
    public void A_throttled_function_rests_longer_and_longer() =>
        Assert.Equal([1, 2, 4, 8, 16, 20, 20], Enumerable.Range(1, 7).Select(times => s_rules.AfterThrottle(times).TotalSeconds));
}
