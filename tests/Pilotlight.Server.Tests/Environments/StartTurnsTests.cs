using Pilotlight.Environments;

namespace Pilotlight.Tests.Environments;

public sealed class StartTurnsTests
{
    [Fact]
    public async Task The_burst_of_one_function_does_not_hold_up_the_start_of_another()
    {
        var turns = new StartTurns(new EnvironmentsOptions { ParallelStarts = 1 }, TimeProvider.System);
        var running = await turns.TakeAsync("burst", CancellationToken.None);
        var burst = Enumerable.Range(0, 50).Select(_ => turns.TakeAsync("burst", CancellationToken.None)).ToList();
        var other = turns.TakeAsync("other", CancellationToken.None);
        Assert.DoesNotContain(burst.Append(other), static turn => turn.IsCompleted);

        running.Dispose();
        (await burst[0]).Dispose();
        var second = await other;
        Assert.False(burst[1].IsCompleted);
        second.Dispose();
        for (var n = 1; n < 50; n++)
            (await burst[n]).Dispose();
        using var free = await turns.TakeAsync("other", CancellationToken.None);
        Assert.Equal(TimeSpan.Zero, free.Waited);
    }

    [Fact]
    public async Task Whoever_leaves_the_line_is_passed_over_and_no_turn_is_lost()
    {
        using var gone = new CancellationTokenSource();
        var turns = new StartTurns(new EnvironmentsOptions { ParallelStarts = 2 }, TimeProvider.System);
        var first = await turns.TakeAsync("f", CancellationToken.None);
        var second = await turns.TakeAsync("f", CancellationToken.None);
        var leaving = Enumerable.Range(0, 10).Select(_ => turns.TakeAsync("f", gone.Token)).ToList();
        var staying = turns.TakeAsync("f", CancellationToken.None);
        await gone.CancelAsync();
        foreach (var left in leaving)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        first.Dispose();
        // Once more is nothing more.
        first.Dispose();
        using var third = await staying;
        Assert.False(turns.TakeAsync("f", gone.Token).IsCompletedSuccessfully);
        second.Dispose();
        using var fourth = await turns.TakeAsync("f", CancellationToken.None);
    }
}
