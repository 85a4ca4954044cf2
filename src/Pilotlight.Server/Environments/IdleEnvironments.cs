namespace Pilotlight.Environments;

/// <summary>
/// The environments of a pool that nobody uses, the most recently used last, and those who wait a moment for one whose runtime has already
/// answered. An environment is in here exactly while it is idle; whoever takes it out owns it.
/// </summary>
sealed class IdleEnvironments(TimeProvider time)
{
    /// <summary>A runtime that has answered asks for the next event within microseconds; a cold start costs far more than this wait.</summary>
    static readonly TimeSpan s_finishingGrace = TimeSpan.FromMilliseconds(20);

    readonly Lock _gate = new();
    readonly List<ExecutionEnvironment> _idle = [];
    readonly LinkedList<TaskCompletionSource<ExecutionEnvironment?>> _waiting = [];
    int _finishing;
    bool _closed;

    /// <summary>Whether one of them may not be frozen yet; with many pools most have nothing to look for.</summary>
    bool _isAwake;

    /// <summary>Called when an environment comes in awake.</summary>
    public Action? Woke { get; set; }

    /// <summary>The most recently used one; null when there is none, nor one about to be.</summary>
    public ValueTask<ExecutionEnvironment?> TakeAsync()
    {
        lock (_gate)
        {
            // The dead are left for the next sweep.
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                var environment = _idle[i];
                if (environment.Ended.IsCompleted)
                    continue;
                _idle.RemoveAt(i);
                environment.State = EnvironmentState.Busy;
                return new ValueTask<ExecutionEnvironment?>(environment);
            }

            if (_finishing <= _waiting.Count)
                return default;
            return new ValueTask<ExecutionEnvironment?>(WaitAsync(
                _waiting.AddLast(new TaskCompletionSource<ExecutionEnvironment?>(TaskCreationOptions.RunContinuationsAsynchronously))));
        }
    }

    /// <summary>For a request that waits for its turn to start one: the next environment that comes back may be its.</summary>
    public LinkedListNode<TaskCompletionSource<ExecutionEnvironment?>> StandInLine()
    {
        lock (_gate)
            return _waiting.AddLast(new TaskCompletionSource<ExecutionEnvironment?>(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>False when an environment was handed over meanwhile; it is the place's task's result.</summary>
    public bool TryLeaveLine(LinkedListNode<TaskCompletionSource<ExecutionEnvironment?>> place)
    {
        lock (_gate)
        {
            if (place.List is null)
                return false;
            _waiting.Remove(place);
            return true;
        }
    }

    /// <summary>Gives an environment back, or to whoever waits; false when none is wanted any more.</summary>
    public bool TryReturn(ExecutionEnvironment environment)
    {
        lock (_gate)
        {
            if (_closed)
                return false;
            if (_waiting.First is { } first)
            {
                // Whoever stops waiting leaves the queue first, so this one still wants it.
                _waiting.RemoveFirst();
                first.Value.SetResult(environment);
                return true;
            }

            environment.IdleSince = time.GetTimestamp();
            environment.State = EnvironmentState.Idle;
            _isAwake = true;
            _idle.Add(environment);
        }

        Woke?.Invoke();
        return true;
    }

    /// <summary>Until <paramref name="finished"/> completes, an environment is about to come back.</summary>
    public void Expect(Task finished)
    {
        if (finished.IsCompleted)
            return;
        Interlocked.Increment(ref _finishing);
        _ = finished.ContinueWith(
            static (_, state) => Interlocked.Decrement(ref ((IdleEnvironments)state!)._finishing), this,
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Takes out what <paramref name="isOver"/> says, the least recently used first.</summary>
    public IReadOnlyList<ExecutionEnvironment> Take(Predicate<ExecutionEnvironment> isOver)
    {
        List<ExecutionEnvironment> taken = [];
        lock (_gate)
            _idle.RemoveAll(environment =>
            {
                if (!isOver(environment))
                    return false;
                taken.Add(environment);
                return true;
            });
        return taken;
    }

    public IReadOnlyList<ExecutionEnvironment> Snapshot()
    {
        lock (_gate)
            return [.. _idle];
    }

    /// <summary>Freezes those that have waited so long; whether one is left that is awake.</summary>
    public bool FreezeAfter(TimeSpan idle)
    {
        if (!Volatile.Read(ref _isAwake))
            return false;
        List<ExecutionEnvironment> freeze;
        lock (_gate)
        {
            freeze = _idle.FindAll(environment => !environment.IsFrozen && time.GetElapsedTime(environment.IdleSince) >= idle);
            // Those that are frozen now count until the next look: one may refuse.
            _isAwake = _idle.Exists(static environment => !environment.IsFrozen);
        }

        foreach (var environment in freeze)
            environment.FreezeIfIdle();
        return true;
    }

    /// <summary>Takes all out, and nothing back any more.</summary>
    public IReadOnlyList<ExecutionEnvironment> Close()
    {
        lock (_gate)
        {
            _closed = true;
            List<ExecutionEnvironment> taken = [.. _idle];
            _idle.Clear();
            return taken;
        }
    }

    async Task<ExecutionEnvironment?> WaitAsync(LinkedListNode<TaskCompletionSource<ExecutionEnvironment?>> place)
    {
        using var waited = new CancellationTokenSource(s_finishingGrace, time);
        await using var _ = waited.Token.UnsafeRegister(_ =>
        {
            lock (_gate)
            {
                if (place.List is null)
                    return;
                _waiting.Remove(place);
            }

            place.Value.TrySetResult(null);
        }, null);
        return await place.Value.Task;
    }
}
