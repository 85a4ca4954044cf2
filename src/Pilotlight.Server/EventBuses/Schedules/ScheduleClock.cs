namespace Pilotlight.EventBuses;

/// <summary>
/// Knows when everything that has times comes next, on disk too: what came due while the platform was down is noticed by the next start.
/// Of several times that were missed only the last counts.
/// </summary>
sealed partial class ScheduleClock(DeliveryStore store, ScheduleLauncher launcher, TimeProvider time, ILogger<ScheduleClock> log) : BackgroundService
{
    static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(10);
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    readonly Lock _gate = new();
    readonly Dictionary<string, DueTime> _dues = [];
    readonly PriorityQueue<DueTime, DateTimeOffset> _order = new();
    readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Takes up something that is new or has changed; returns once its next time is on disk.</summary>
    /// <param name="after">Its first time is the first after this; null for now.</param>
    public async Task FollowAsync(ITimed timed, DateTimeOffset? after = null)
    {
        if (timed.DueAfter(after ?? time.GetUtcNow()) is not { } due)
        {
            await ForgetAsync(timed.Key);
            return;
        }

        await store.SetDueAsync(due);
        Set(due);
    }

    public async Task ForgetAsync(string key)
    {
        bool known;
        lock (_gate)
            known = _dues.Remove(key);
        if (known)
            await store.ForgetDueAsync(key);
    }

    public void ForgetAll()
    {
        lock (_gate)
        {
            _dues.Clear();
            _order.Clear();
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    bool Knows(string key)
    {
        lock (_gate)
            return _dues.ContainsKey(key);
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        await Task.Yield();
        try
        {
            await TakeUpAsync();
            while (true)
            {
                await FireAsync(stopping);
                await WaitAsync(stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>What the last run left, and what it did not know of.</summary>
    async Task TakeUpAsync()
    {
        var known = store.Dues().ToDictionary(due => due.Key);
        foreach (var timed in launcher.All())
        {
            if (timed.Recurrence is null)
                continue;
            // A request may have been quicker than this.
            if (known.Remove(timed.Key, out var due))
            {
                if (!Knows(timed.Key))
                    Set(due);
            }
            else if (!Knows(timed.Key) && timed.DueAfter(time.GetUtcNow()) is { } first)
            {
                await store.SetDueAsync(first);
                Set(first);
            }
        }

        foreach (var gone in known.Keys.Where(key => !Knows(key)))
            await store.ForgetDueAsync(gone);
    }

    void Set(DueTime due)
    {
        lock (_gate)
        {
            _dues[due.Key] = due;
            _order.Enqueue(due, due.Fire);
        }

        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will look anyway.
        }
    }

    /// <summary>Everything whose moment has come.</summary>
    async Task FireAsync(CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        var due = new List<DueTime>();
        lock (_gate)
        {
            while (_order.TryPeek(out var next, out var at) && at <= now)
            {
                _order.Dequeue();
                if (_dues.TryGetValue(next.Key, out var current) && ReferenceEquals(current, next))
                    due.Add(next);
            }
        }

        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = stopping }, async (one, _) => await FireAsync(one, now));
    }

    async ValueTask FireAsync(DueTime due, DateTimeOffset now)
    {
        try
        {
            if (launcher.Find(due.Key) is not { Recurrence: { } recurrence } timed)
            {
                await ForgetAsync(due.Key);
                return;
            }

            var scheduled = recurrence.Latest(due.Scheduled, timed.End is { } end && end < now ? end : now);
            if (now - scheduled <= timed.Tolerance)
                await launcher.LaunchAsync(timed, scheduled == due.Scheduled ? due : new DueTime(due.Key, scheduled, scheduled));
            else
                Missed(due.Key, scheduled);
            // Only after the deliveries: a crash between means one more, not one less.
            if (timed.DueAfter(scheduled) is { } next)
            {
                await store.SetDueAsync(next);
                if (IsCurrent(due))
                    Set(next);
            }
            else
            {
                await ForgetAsync(due.Key);
                await launcher.CompleteAsync(timed);
            }
        }
        catch (Exception failure)
        {
            LaunchFailed(failure, due.Key);
            if (IsCurrent(due))
                Set(due with { Fire = now + s_pause });
        }
    }

    /// <summary>Whether nobody changed it meanwhile.</summary>
    bool IsCurrent(DueTime due)
    {
        lock (_gate)
            return _dues.TryGetValue(due.Key, out var current) && ReferenceEquals(current, due);
    }

    async Task WaitAsync(CancellationToken stopping)
    {
        var wait = s_longestWait;
        lock (_gate)
        {
            if (_order.TryPeek(out _, out var next) && next - time.GetUtcNow() < wait)
                wait = next - time.GetUtcNow();
        }

        if (wait <= TimeSpan.Zero)
            return;
        // Timers count whole milliseconds, and must not ring before the moment.
        wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var woken = _wake.WaitAsync(until.Token);
        await Task.WhenAny(woken, Task.Delay(wait, time, until.Token));
        await until.CancelAsync();
        await woken.ContinueWith(static _ => { }, TaskScheduler.Default);
        stopping.ThrowIfCancellationRequested();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Schedule} was due at {Scheduled}, when the platform did not run, and that is too long ago")]
    partial void Missed(string schedule, DateTimeOffset scheduled);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Schedule} could not be fired; trying again")]
    partial void LaunchFailed(Exception failure, string schedule);
}
