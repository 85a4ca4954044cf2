using Pilotlight.Functions;
using Pilotlight.Invocations;

namespace Pilotlight.Tests.Invocations;

public sealed class EventAttemptsTests
{
    static readonly EventInvokeConfig s_config = new() { LastModified = default };

    static double?[] Pauses(EventEnd end, EventInvokeConfig? config, int attempts)
    {
        var attempted = new EventAttempts();
        var age = TimeSpan.Zero;
        var pauses = new List<double?>();
        for (var n = 0; n < attempts; n++)
        {
            var pause = attempted.Next(end, age, config);
            pauses.Add(pause?.TotalSeconds);
            age += pause ?? TimeSpan.Zero;
        }

        return [.. pauses];
    }

    [Fact]
    public void A_function_that_fails_is_tried_again_after_one_minute_and_after_two() =>
        Assert.Equal([60, 120, null], Pauses(EventEnd.Failed, null, 3));

    [Fact]
    public void As_often_as_is_configured()
    {
        Assert.Equal([null], Pauses(EventEnd.Failed, s_config with { MaximumRetryAttempts = 0 }, 1));
        Assert.Equal([60, null], Pauses(EventEnd.Failed, s_config with { MaximumRetryAttempts = 1 }, 2));
    }

    [Fact]
    public void An_attemptedthat_would_be_too_old_by_then_is_not_tried_again()
    {
        Assert.Equal([null], Pauses(EventEnd.Failed, s_config with { MaximumEventAgeInSeconds = 60 }, 1));
        Assert.Equal([60, null], Pauses(EventEnd.Failed, s_config with { MaximumEventAgeInSeconds = 180 }, 2));
    }

    [Fact]
    public void A_throttled_attemptedwaits_longer_and_longer_and_that_costs_no_attempt()
    {
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], Pauses(EventEnd.Throttled, s_config with { MaximumRetryAttempts = 0 }, 11));
        var age = Pauses(EventEnd.Throttled, null, 200).Sum();
        Assert.InRange(age!.Value, 21_000, 21_600);
    }

    [Fact]
    public void What_went_well_is_over() => Assert.Equal([null], Pauses(EventEnd.Done, null, 1));
}
