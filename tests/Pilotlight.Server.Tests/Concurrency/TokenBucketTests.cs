using Microsoft.Extensions.Time.Testing;
using Pilotlight.Concurrency;

namespace Pilotlight.Tests.Concurrency;

public sealed class TokenBucketTests
{
    readonly FakeTimeProvider _time = new();

    [Fact]
    public void Gives_its_capacity_at_once_and_then_what_time_refills()
    {
        var bucket = new TokenBucket(1000, 100, _time);
        Assert.Equal(1000, Take(bucket, 5000));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(100, Take(bucket, 5000));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1000, Take(bucket, 5000));
    }

    [Fact]
    public void Saves_nothing_beyond_its_capacity()
    {
        var bucket = new TokenBucket(10, 10, _time);
        _time.Advance(TimeSpan.FromDays(400));
        Assert.Equal(10, Take(bucket, 100));
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(0, Take(bucket, 100));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Take(bucket, 100));
    }

    [Fact]
    public void Never_gives_more_however_many_ask_at_once()
    {
        var bucket = new TokenBucket(500, 1, _time);
        var taken = 0;
        Parallel.For(0, 10_000, _ =>
        {
            if (bucket.TryTake())
                Interlocked.Increment(ref taken);
        });
        Assert.Equal(500, taken);
    }

    static int Take(TokenBucket bucket, int times) => Enumerable.Range(0, times).Count(_ => bucket.TryTake());
}
