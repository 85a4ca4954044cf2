namespace Pilotlight.EventSources;

/// <summary>
/// Polls one queue: a number of workers, each of which receives a batch, has it run and deletes what went well. What did not is left to the
/// queue, which shows it again after its visibility timeout and at last moves it to its dead-letter queue.
/// </summary>
sealed partial class SqsPoller(MappingRun run, IPolledQueue queue, ProcessorRoom room, ILogger log) : IPoller
{
    static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);

    /// <summary>A receive that took longer waited for messages.</summary>
    static readonly TimeSpan s_waited = TimeSpan.FromMilliseconds(20);

    readonly PollerScale _scale = new(ScalingRule.Of(run.Settings), () => room.HasRoom, run.Time);
    readonly List<(SqsWorker Worker, Task Loop)> _workers = [];
    readonly SqsPolling _polling = new();

    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Add(_scale.Target, ending.Token);
        Exception? failure = null;
        using (var timer = new PeriodicTimer(s_tick, run.Time))
        {
            while (failure is null && await NextTickAsync(timer, ending.Token))
            {
                failure = _workers.Select(static worker => worker.Loop.Exception?.InnerException).FirstOrDefault(static fault => fault is not null);
                _workers.RemoveAll(static worker => worker.Loop.IsCompleted);
                Adjust(ending.Token);
            }
        }

        await ending.CancelAsync();
        await Task.WhenAll(_workers.Select(static worker => worker.Loop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        failure ??= _workers.Select(static worker => worker.Loop.Exception?.InnerException).FirstOrDefault(static fault => fault is not null);
        run.Counts.Concurrency = 0;
        if (failure is not null && !stopping.IsCancellationRequested)
            throw failure is SourceUnavailableException ? failure : new InvalidOperationException("A worker failed.", failure);
    }

    void Adjust(CancellationToken stopping)
    {
        var now = run.Time.GetTimestamp();
        // Every one is asked: the question clears what it remembers.
        var waiting = _workers.Count(worker => worker.Worker.HasWaited(s_waited));
        if (_workers.Count >= _scale.Target && waiting == 0)
        {
            var oldest = _workers.Count == 0 ? TimeSpan.Zero : _workers.Max(worker => worker.Worker.BusyFor(now));
            _scale.Grow(oldest);
        }

        Add(_scale.Target - _workers.Count, stopping);
        run.Counts.Concurrency = _scale.Target;
    }

    void Add(int count, CancellationToken stopping)
    {
        for (; count > 0; count--)
        {
            var worker = new SqsWorker(run, queue, _scale, _polling, log);
            _polling.Enter();
            _workers.Add((worker, Task.Run(() => worker.RunAsync(stopping), CancellationToken.None)));
        }
    }

    static async ValueTask<bool> NextTickAsync(PeriodicTimer timer, CancellationToken ending)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ending);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

/// <summary>What the workers of one poller know of each other.</summary>
sealed class SqsPolling
{
    int _alive;
    int _throttled;
    int _failures;

    /// <summary>One worker at a time gathers a batch over a window: five half batches would be no batch.</summary>
    public SemaphoreSlim Gathering { get; } = new(1, 1);

    /// <summary>Batches that wait for concurrency. As long as there are any, nothing more is received.</summary>
    public int Throttled => Volatile.Read(ref _throttled);

    /// <summary>Batches in a row that failed.</summary>
    public int Failures => Volatile.Read(ref _failures);

    public void Enter() => Interlocked.Increment(ref _alive);

    public void Leave() => Interlocked.Decrement(ref _alive);

    /// <summary>Whether the caller, one of more than there should be, is to go.</summary>
    public bool TryLeave(int target)
    {
        var alive = Volatile.Read(ref _alive);
        while (alive > target)
        {
            var seen = Interlocked.CompareExchange(ref _alive, alive - 1, alive);
            if (seen == alive)
                return true;
            alive = seen;
        }

        return false;
    }

    public void BeginThrottled() => Interlocked.Increment(ref _throttled);

    public void EndThrottled() => Interlocked.Decrement(ref _throttled);

    public void Count(bool failed)
    {
        if (!failed)
            Volatile.Write(ref _failures, 0);
        else
            Interlocked.Increment(ref _failures);
    }
}
