using Pilotlight.Concurrency;
using Pilotlight.Functions;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>
/// The environments of one generation of one function version: rents the most recently used idle one, else makes one. Every
/// environment is in <c>_all</c> from its birth until it is disposed; it is in <c>_idle</c> exactly while nobody uses it.
/// </summary>
sealed class EnvironmentPool(
    FunctionVersion version, EnvironmentStarter starter, ConcurrencyLimiter limiter, EnvironmentsOptions options, TimeProvider time)
    : IAsyncDisposable
{
    /// <summary>A runtime that has answered asks for the next event within microseconds; a cold start costs far more than this wait.</summary>
    static readonly TimeSpan s_finishingGrace = TimeSpan.FromMilliseconds(20);

    readonly Lock _gate = new();
    readonly List<ExecutionEnvironment> _idle = [];
    readonly HashSet<ExecutionEnvironment> _all = [];
    readonly LinkedList<TaskCompletionSource<ExecutionEnvironment?>> _waiting = [];
    readonly List<Task> _ending = [];
    readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _finishing;
    int _starting;
    bool _retired;

    public FunctionVersion Version => version;

    public int Starting => Volatile.Read(ref _starting);

    /// <summary>Runs one invocation, warm or cold. The environment finds its own way back.</summary>
    /// <exception cref="SandboxException">No sandbox could be made.</exception>
    public async Task<Execution> RunAsync(InvocationRequest request)
    {
        if (await RentAsync() is { } environment)
        {
            environment.Thaw();
            return await InvokeAsync(environment, request, null, TimeSpan.FromSeconds(version.TimeoutSeconds));
        }

        if (!limiter.TryStartEnvironment(version))
            return Execution.Throttled(ThrottleReason.FunctionRate);
        return await RunColdAsync(request);
    }

    /// <summary>Takes idle environments that have waited too long, or are too old, out; freezes those that have waited a little.</summary>
    public void Sweep()
    {
        List<ExecutionEnvironment> freeze = [];
        List<ExecutionEnvironment> end = [];
        lock (_gate)
        {
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                var environment = _idle[i];
                var idle = time.GetElapsedTime(environment.IdleSince);
                if (idle >= options.KeepWarm || time.GetElapsedTime(environment.CreatedAt) >= options.MaximumAge || environment.Ended.IsCompleted)
                {
                    _idle.RemoveAt(i);
                    end.Add(environment);
                }
                else if (options.Freeze && !environment.IsFrozen && idle >= options.FreezeAfter)
                {
                    freeze.Add(environment);
                }
            }
        }

        foreach (var environment in freeze)
            environment.FreezeIfIdle();
        foreach (var environment in end)
            End(environment);
    }

    /// <summary>The version was replaced or deleted: idle environments end now, busy ones when they are done.</summary>
    public void Retire()
    {
        ExecutionEnvironment[] idle;
        lock (_gate)
        {
            _retired = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        foreach (var environment in idle)
            End(environment);
    }

    public IReadOnlyList<ExecutionEnvironment> Snapshot()
    {
        lock (_gate)
            return [.. _all];
    }

    /// <summary>Completes when a retired pool has no environment left.</summary>
    public Task Emptied
    {
        get
        {
            lock (_gate)
                return _all.Count == 0 && _starting == 0 ? Task.CompletedTask : _emptied.Task;
        }
    }

    public bool IsRetired => Volatile.Read(ref _retired);

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _all.Count == 0 && _starting == 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Retire();
        ExecutionEnvironment[] left;
        lock (_gate)
            left = [.. _all];
        await Task.WhenAll(left.Select(environment => environment.DisposeAsync().AsTask()));
        Task[] ending;
        lock (_gate)
            ending = [.. _ending];
        await Task.WhenAll(ending);
    }

    async ValueTask<ExecutionEnvironment?> RentAsync()
    {
        LinkedListNode<TaskCompletionSource<ExecutionEnvironment?>> place;
        lock (_gate)
        {
            if (TryTakeIdleLocked() is { } environment)
                return environment;
            if (_finishing <= _waiting.Count)
                return null;
            place = _waiting.AddLast(new TaskCompletionSource<ExecutionEnvironment?>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

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

    ExecutionEnvironment? TryTakeIdleLocked()
    {
        while (_idle.Count > 0)
        {
            var environment = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            if (environment.Ended.IsCompleted)
            {
                End(environment);
                continue;
            }

            environment.State = EnvironmentState.Busy;
            return environment;
        }

        return null;
    }

    /// <summary>
    /// INIT has 10 s of its own. When it fails it is run once more inside the invocation, now against the function's timeout; what
    /// that second run says is what the caller gets (spec/runtime-api.md 7).
    /// </summary>
    async Task<Execution> RunColdAsync(InvocationRequest request)
    {
        Interlocked.Increment(ref _starting);
        var timeout = TimeSpan.FromSeconds(version.TimeoutSeconds);
        var log = starter.OpenLog(version);
        StartOutcome start;
        var used = TimeSpan.Zero;
        try
        {
            start = await starter.StartAsync(version, log, options.InitLimit);
            if (start is StartOutcome.Failed first)
            {
                var lines = new PlatformLines(log.Log, version, "", time);
                lines.InitReport(first.InitDuration, "init", first.Status, first.ErrorType);
                start = await starter.StartAsync(version, log, timeout);
                used = start.InitDuration;
            }
        }
        catch
        {
            log.Log.Dispose();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _starting);
        }

        if (start is StartOutcome.Failed failed)
            return ReportFailure(request, log, failed);
        var environment = ((StartOutcome.Started)start).Environment;
        lock (_gate)
        {
            _all.Add(environment);
            environment.State = EnvironmentState.Busy;
        }

        var left = timeout - used;
        return await InvokeAsync(environment, request, used == TimeSpan.Zero ? start.InitDuration : null,
            left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1));
    }

    Execution ReportFailure(InvocationRequest request, EnvironmentLogContext log, StartOutcome.Failed failed)
    {
        var lines = new PlatformLines(log.Log, version, "", time);
        if (request.Tail == LogTail.Tail)
            log.Log.BeginTail();
        lines.Start(request.RequestId);
        lines.InitReport(failed.InitDuration, "invoke", failed.Status, failed.ErrorType);
        var report = new InvocationReport
        {
            RequestId = request.RequestId,
            Duration = failed.InitDuration,
            MemoryMegabytes = version.MemoryMegabytes,
            MaxMemoryUsedMegabytes = 1,
            Status = failed.Status,
            ErrorType = failed.ErrorType,
        };
        lines.End(report);
        var tail = request.Tail == LogTail.Tail ? log.Log.EndTail() : [];
        log.Log.Dispose();
        return new Execution(failed.Outcome(request.RequestId), Task.FromResult(new FinishedInvocation(report, tail)));
    }

    async Task<Execution> InvokeAsync(ExecutionEnvironment environment, InvocationRequest request, TimeSpan? initDuration, TimeSpan timeLeft)
    {
        environment.Released ??= Release;
        var execution = await environment.InvokeAsync(request, initDuration, timeLeft);
        if (execution.Outcome is InvocationOutcome.Streaming streaming)
            return execution with { Outcome = streaming with { End = FinishAfterAsync(streaming.End, execution.Finished) } };
        CountFinishing(execution.Finished);
        return execution;
    }

    /// <summary>A streamed answer is over before whoever waits for its end can call again.</summary>
    async Task<InvocationOutcome> FinishAfterAsync(Task<InvocationOutcome> end, Task finished)
    {
        var outcome = await end;
        CountFinishing(finished);
        return outcome;
    }

    void CountFinishing(Task finished)
    {
        if (finished.IsCompleted)
            return;
        Interlocked.Increment(ref _finishing);
        _ = finished.ContinueWith(
            static (_, state) => Interlocked.Decrement(ref ((EnvironmentPool)state!)._finishing), this,
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    void Release(ExecutionEnvironment environment, bool reusable)
    {
        if (!reusable || environment.Ended.IsCompleted)
        {
            End(environment);
            return;
        }

        TaskCompletionSource<ExecutionEnvironment?>? waiter = null;
        lock (_gate)
        {
            if (!_retired)
            {
                if (_waiting.First is { } first)
                {
                    _waiting.RemoveFirst();
                    waiter = first.Value;
                }
                else
                {
                    environment.IdleSince = time.GetTimestamp();
                    environment.State = EnvironmentState.Idle;
                    _idle.Add(environment);
                    return;
                }
            }
        }

        if (waiter is null || !waiter.TrySetResult(environment))
            End(environment);
    }

    /// <summary>Takes an environment apart in the background; the pool's disposal waits for it.</summary>
    void End(ExecutionEnvironment environment)
    {
        environment.State = EnvironmentState.Stopping;
        var ending = Task.Run(async () =>
        {
            await environment.DisposeAsync();
            lock (_gate)
            {
                _all.Remove(environment);
                if (_retired && _all.Count == 0 && _starting == 0)
                    _emptied.TrySetResult();
            }
        });
        lock (_gate)
        {
            _ending.RemoveAll(static task => task.IsCompleted);
            _ending.Add(ending);
        }
    }
}
