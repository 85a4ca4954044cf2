using Microsoft.Extensions.Time.Testing;
using Pilotlight.EventSources;

namespace Pilotlight.Tests.EventSources;

public sealed class PollerScaleTests
{
    readonly FakeTimeProvider _time = new();
    bool _room = true;

    PollerScale Scale(MappingSettings? settings = null) => new(ScalingRule.Of(settings ?? new MappingSettings()), () => _room, _time);

    [Fact]
    public void Starts_with_five_and_adds_at_most_three_hundred_in_a_minute_up_to_AWSs_limit()
    {
        var scale = Scale();
        Assert.Equal(5, scale.Target);
        var added = 0;
        for (var second = 0; second < 60; second++)
        {
            added += scale.Grow(TimeSpan.Zero);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(added, 280, 300);
        for (var second = 0; second < 600; second++)
        {
            scale.Grow(TimeSpan.Zero);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1250, scale.Target);
    }

    [Fact]
    public void A_burst_gets_a_good_part_of_it_at_once()
    {
        var scale = Scale();
        for (var tick = 0; tick < 8; tick++)
            scale.Grow(TimeSpan.Zero);
        Assert.Equal(65, scale.Target);
    }

    [Fact]
    public void A_machine_without_room_gets_no_more_unless_batches_take_long()
    {
        var scale = Scale();
        _room = false;
        Assert.Equal(0, scale.Grow(TimeSpan.FromMilliseconds(300)));
        Assert.Equal(5, scale.Grow(TimeSpan.FromSeconds(2)));
    }

    [Theory]
    [InlineData(2, 2, 2)]
    [InlineData(50, 5, 50)]
    public void Maximum_concurrency_is_kept(int most, int first, int last)
    {
        var scale = Scale(new MappingSettings { ScalingConfig = new ScalingConfig(most) });
        Assert.Equal(first, scale.Target);
        for (var tick = 0; tick < 20; tick++)
            scale.Grow(TimeSpan.Zero);
        Assert.Equal(last, scale.Target);
    }

    [Fact]
    public void Provisioned_pollers_run_ten_batches_each()
    {
        var rule = ScalingRule.Of(new MappingSettings { ProvisionedPollerConfig = new ProvisionedPollerConfig(3, 20, null) });
        Assert.Equal(new ScalingRule(30, 200, 1000), rule);
        Assert.Equal(20, ScalingRule.Of(new MappingSettings { ProvisionedPollerConfig = new ProvisionedPollerConfig(null, 20, null) }).Floor);
    }

    [Fact]
    public void Errors_halve_it_once_a_second_and_throttles_hold_it()
    {
        var scale = Scale();
        scale.Grow(TimeSpan.Zero);
        Assert.Equal(10, scale.Target);
        scale.Failed();
        scale.Failed();
        Assert.Equal(5, scale.Target);
        _time.Advance(TimeSpan.FromSeconds(2));
        scale.Failed();
        Assert.Equal(2, scale.Target);

        scale.Throttled();
        scale.Throttled();
        Assert.Equal(1, scale.Target);
        Assert.Equal(0, scale.Grow(TimeSpan.Zero));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, scale.Grow(TimeSpan.Zero));
    }

    [Fact]
    public void Idle_ones_go_down_to_where_it_began()
    {
        var scale = Scale();
        scale.Grow(TimeSpan.Zero);
        for (var n = 0; n < 5; n++)
            Assert.True(scale.TryShrink());
        Assert.False(scale.TryShrink());
        Assert.Equal(5, scale.Target);
    }
}
