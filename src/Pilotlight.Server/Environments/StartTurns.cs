namespace Pilotlight.Environments;

/// <summary>Cold starts cost processor time, so only a few run at once and the others wait in line.</summary>
sealed class StartTurns(EnvironmentsOptions options, TimeProvider time)
{
    readonly SemaphoreSlim _free = new(options.ParallelStarts > 0 ? options.ParallelStarts : Environment.ProcessorCount * 2);

    public async Task<StartTurn> TakeAsync(CancellationToken cancellation)
    {
        var asked = time.GetTimestamp();
        await _free.WaitAsync(cancellation);
        return new StartTurn(_free, time) { Waited = time.GetElapsedTime(asked) };
    }
}

/// <summary>One place among the cold starts that run, until it is disposed or its INIT has taken long.</summary>
sealed class StartTurn(SemaphoreSlim place, TimeProvider time) : IDisposable
{
    /// <summary>An INIT that lasts longer waits for something, and must not hold up the starts of everybody.</summary>
    static readonly TimeSpan s_longestInit = TimeSpan.FromSeconds(1);

    ITimer? _longest;
    int _isOver;

    public TimeSpan Waited { get; init; }

    public void BeginInit() =>
        _longest = time.CreateTimer(static turn => ((StartTurn)turn!).End(), this, s_longestInit, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _longest?.Dispose();
        End();
    }

    void End()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            place.Release();
    }
}
