using Pilotlight.Concurrency;
using Pilotlight.Functions;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>
/// The environments of one generation of one function version: those made when they were needed, and those that are provisioned. Every
/// environment is in <c>_all</c> from its birth until it is disposed.
/// </summary>
sealed partial class EnvironmentPool(
    FunctionVersion version, EnvironmentStarter starter, Placement placement, EnvironmentsOptions options, TimeProvider time)
    : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly IdleEnvironments _onDemand = new(time);
    readonly HashSet<ExecutionEnvironment> _all = [];
    readonly List<Task> _ending = [];
    readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _starting;
    bool _retired;

    public FunctionVersion Version => version;

    public int Starting => Volatile.Read(ref _starting);

    /// <summary>Runs one invocation on demand, warm or cold. The environment finds its own way back.</summary>
    /// <exception cref="SandboxException">No sandbox could be made.</exception>
    public async Task<Execution> RunAsync(InvocationRequest request)
    {
        if (await _onDemand.TakeAsync() is { } environment)
            return await InvokeWarmAsync(environment, request);
        if (!placement.Limiter.TryStartEnvironment(version))
            return Execution.Throttled(ThrottleReason.FunctionRate);
        return await RunColdAsync(request);
    }

    /// <summary>Takes idle environments that have waited too long, or are too old, out.</summary>
    public void Sweep()
    {
        foreach (var environment in _onDemand.Take(environment =>
            time.GetElapsedTime(environment.IdleSince) >= options.KeepWarm || IsOld(environment) || environment.Ended.IsCompleted))
            End(environment);
        SweepProvisioned();
    }

    /// <summary>Called when an idle environment is awake; null when none is to be frozen.</summary>
    public Action? Woke
    {
        init => (_onDemand.Woke, _provisioned.Woke) = (value, value);
    }

    /// <summary>Freezes idle environments that have waited a little; whether there may be more to freeze later.</summary>
    public bool Freeze() => _onDemand.FreezeAfter(options.FreezeAfter) | _provisioned.FreezeAfter(options.FreezeAfter);

    /// <summary>The version was replaced or deleted: idle environments end now, busy ones when they are done.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _retired = true;
            _target = 0;
        }

        _retiring.Cancel();
        foreach (var environment in _onDemand.Close().Concat(_provisioned.Close()))
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

    /// <summary>The environments on demand that could be ended to make room.</summary>
    public IReadOnlyList<ExecutionEnvironment> Evictable => _onDemand.Snapshot();

    /// <summary>Ends an idle environment; false when it was taken meanwhile.</summary>
    public bool TryEvict(ExecutionEnvironment victim)
    {
        if (_onDemand.Take(environment => environment == victim) is not [var taken])
            return false;
        End(taken);
        return true;
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
        await StopProvisioningAsync();
        ExecutionEnvironment[] left;
        lock (_gate)
            left = [.. _all];
        await Task.WhenAll(left.Select(environment => environment.DisposeAsync().AsTask()));
        Task[] ending;
        lock (_gate)
            ending = [.. _ending];
        await Task.WhenAll(ending);
    }

    long MemoryBytes => (long)version.MemoryMegabytes << 20;

    bool IsOld(ExecutionEnvironment environment) => time.GetElapsedTime(environment.CreatedAt) >= options.MaximumAge;

    ValueTask<Execution> InvokeWarmAsync(ExecutionEnvironment environment, InvocationRequest request) => environment.Memory is { IsWhole: false } share
        ? InvokeFrozenAsync(environment, share, request)
        : new ValueTask<Execution>(ThawAndInvokeAsync(environment, request));

    async ValueTask<Execution> InvokeFrozenAsync(ExecutionEnvironment environment, MemoryShare share, InvocationRequest request)
    {
        if (await share.GrowAsync())
            return await ThawAndInvokeAsync(environment, request);
        Release(environment, reusable: true);
        return Execution.Throttled(ThrottleReason.Account);
    }

    /// <summary>Thaws first: what is inside wakes up on another processor while the event is made ready.</summary>
    Task<Execution> ThawAndInvokeAsync(ExecutionEnvironment environment, InvocationRequest request)
    {
        environment.Thaw();
        return InvokeAsync(environment, request, null, TimeSpan.FromSeconds(version.TimeoutSeconds));
    }

    /// <summary>
    /// INIT has 10 s of its own. When it fails it is run once more inside the invocation, now against the function's timeout; what
    /// that second run says is what the caller gets (spec/runtime-api.md 7).
    /// </summary>
    async Task<Execution> RunColdAsync(InvocationRequest request)
    {
        starter.RefuseLostRole(version);
        if (await placement.Memory.ReserveAsync(MemoryBytes) is not { } share)
            return Execution.Throttled(ThrottleReason.Account);
        lock (_gate)
            _starting++;
        var (turn, idle) = await TakeTurnOrIdleAsync();
        if (turn is null)
        {
            share.Dispose();
            EndStarting(null);
            return await InvokeWarmAsync(idle!, request);
        }

        var timeout = TimeSpan.FromSeconds(version.TimeoutSeconds);
        var log = starter.OpenLog(version, InitializationType.OnDemand);
        StartOutcome start;
        var used = TimeSpan.Zero;
        try
        {
            start = await starter.StartAsync(turn, version, log, options.InitLimit, CancellationToken.None);
            if (start is StartOutcome.Failed first)
            {
                var lines = new PlatformLines(log.Log, version, "", time);
                lines.InitReport(first.InitDuration, "init", first.Status, first.ErrorType);
                log.Phase = "invoke";
                start = await starter.StartAsync(await starter.TakeTurnAsync(version, CancellationToken.None), version, log, timeout, CancellationToken.None);
                used = start.InitDuration;
            }
        }
        catch
        {
            EndStarting(null);
            log.Log.Dispose();
            share.Dispose();
            throw;
        }

        if (start is StartOutcome.Failed failed)
        {
            EndStarting(null);
            share.Dispose();
            return ReportFailure(request, log, failed);
        }

        var environment = ((StartOutcome.Started)start).Environment;
        environment.Memory = share;
        environment.State = EnvironmentState.Busy;
        EndStarting(environment);
        var left = timeout - used;
        return await InvokeAsync(environment, request, used == TimeSpan.Zero ? start.InitDuration : null,
            left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1));
    }

    /// <summary>Whichever comes first: the turn to start an environment, or one that has served another request. The other is null.</summary>
    async Task<(StartTurn? Turn, ExecutionEnvironment? Idle)> TakeTurnOrIdleAsync()
    {
        using var enough = new CancellationTokenSource();
        var turn = starter.TakeTurnAsync(version, enough.Token);
        if (turn.IsCompletedSuccessfully)
            return (await turn, null);
        var place = _onDemand.StandInLine();
        await Task.WhenAny(turn, place.Value.Task);
        if (_onDemand.TryLeaveLine(place))
            return (await turn, null);
        await enough.CancelAsync();
        await ((Task)turn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (turn.IsCompletedSuccessfully)
            (await turn).Dispose();
        return (null, await place.Value.Task);
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
        return new Execution(failed.Outcome(request.RequestId), Task.FromResult(new FinishedInvocation(report, tail, Failed: true)));
    }

    async Task<Execution> InvokeAsync(ExecutionEnvironment environment, InvocationRequest request, TimeSpan? initDuration, TimeSpan timeLeft)
    {
        environment.Released ??= Release;
        var execution = await environment.InvokeAsync(request, initDuration, timeLeft);
        var idle = IdleOf(environment);
        if (execution.Outcome is InvocationOutcome.Streaming streaming)
            return execution with { Outcome = streaming with { End = ExpectAfterAsync(streaming.End, execution.Finished, idle) } };
        idle.Expect(execution.Finished);
        return execution;
    }

    /// <summary>A streamed answer is over before whoever waits for its end can call again.</summary>
    static async Task<InvocationOutcome> ExpectAfterAsync(Task<InvocationOutcome> end, Task finished, IdleEnvironments idle)
    {
        var outcome = await end;
        idle.Expect(finished);
        return outcome;
    }

    IdleEnvironments IdleOf(ExecutionEnvironment environment) =>
        environment.Initialization == InitializationType.ProvisionedConcurrency ? _provisioned : _onDemand;

    void Release(ExecutionEnvironment environment, bool reusable)
    {
        // A busy one is never swept: its credentials would expire in it.
        if (!reusable || environment.Ended.IsCompleted || IsOld(environment) || IsTooMuch(environment) || !IdleOf(environment).TryReturn(environment))
            End(environment);
    }

    /// <summary>Takes an environment apart in the background; the pool's disposal waits for it.</summary>
    void End(ExecutionEnvironment environment)
    {
        environment.State = EnvironmentState.Stopping;
        Forget(environment);
        var ending = Task.Run(async () =>
        {
            await environment.DisposeAsync();
            lock (_gate)
            {
                _all.Remove(environment);
                CompleteIfEmptyLocked();
            }
        });
        lock (_gate)
        {
            _ending.RemoveAll(static task => task.IsCompleted);
            _ending.Add(ending);
        }
    }

    void EndStarting(ExecutionEnvironment? born)
    {
        lock (_gate)
        {
            _starting--;
            if (born is not null)
                _all.Add(born);
            CompleteIfEmptyLocked();
        }
    }

    void CompleteIfEmptyLocked()
    {
        if (_retired && _all.Count == 0 && _starting == 0)
            _emptied.TrySetResult();
    }
}
