using Pilotlight.Concurrency;

namespace Pilotlight.Tests.Concurrency;

public sealed class SlotCounterTests
{
    readonly SlotCounter _counter = new();

    [Fact]
    public void Never_lets_more_in_than_the_limit_however_many_come_at_once()
    {
        var (inside, most) = (0, 0);
        Parallel.For(0, 20_000, _ =>
        {
            if (!_counter.TryEnter(3))
                return;
            var now = Interlocked.Increment(ref inside);
            for (var seen = Volatile.Read(ref most); now > seen;)
                seen = Interlocked.CompareExchange(ref most, now, seen);
            Interlocked.Decrement(ref inside);
            _counter.Leave();
        });
        Assert.InRange(most, 1, 3);
        Assert.Equal(0, _counter.InFlight);
    }

    [Fact]
    public async Task As_many_may_wait_as_are_about_to_leave()
    {
        Assert.True(_counter.TryEnter(1));
        Assert.Null(_counter.TryWait(CancellationToken.None));
        _counter.Finish();
        using var place = _counter.TryWait(CancellationToken.None);
        Assert.NotNull(place);
        Assert.Null(_counter.TryWait(CancellationToken.None));
        _counter.Leave(isFinishing: true);
        Assert.True(await place.SomebodyLeft);
        Assert.Equal(0, _counter.Finishing);
    }

    [Fact]
    public async Task Patience_ends()
    {
        _counter.TryEnter(1);
        _counter.Finish();
        using var patience = new CancellationTokenSource();
        using (var place = _counter.TryWait(patience.Token)!)
        {
            await patience.CancelAsync();
            Assert.False(await place.SomebodyLeft);
        }

        using var next = _counter.TryWait(CancellationToken.None);
        Assert.NotNull(next);
    }
}
