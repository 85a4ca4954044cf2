using Pilotlight.Functions;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

public enum EnvironmentState
{
    Starting,
    Idle,
    Busy,
    Stopping,
}

/// <summary>An invocation that has its outcome, and the account of it that follows when the runtime is done.</summary>
/// <param name="Outcome">What the caller is told.</param>
/// <param name="Finished">Completes once END and REPORT are written.</param>
public sealed record Execution(InvocationOutcome Outcome, Task<FinishedInvocation> Finished)
{
    /// <summary>It did not run, so there is no account of it.</summary>
    public static Execution NotRun(InvocationOutcome outcome) => new(outcome, s_nothing);

    public static Execution Throttled(string reason) => NotRun(new InvocationOutcome.Throttled(reason));

    static readonly Task<FinishedInvocation> s_nothing = Task.FromResult<FinishedInvocation>(null!);
}

/// <param name="Report">What REPORT said.</param>
/// <param name="LogTail">The last 4 KB of the log, empty unless asked for.</param>
/// <param name="Failed">Whether AWS's Errors counts it: the function said so, or it ended in no answer.</param>
public sealed record FinishedInvocation(InvocationReport Report, byte[] LogTail, bool Failed);

/// <summary>
/// One execution environment: a sandbox with a runtime in it, that serves one function version, one invocation at a time. It is
/// never repaired: after a crash or a timeout it ends.
/// </summary>
public sealed class ExecutionEnvironment : IAsyncDisposable
{
    /// <summary>How long what a process sent before its end may take to be served.</summary>
    static readonly TimeSpan s_hearing = TimeSpan.FromMilliseconds(200);

    readonly EnvironmentParts _parts;
    readonly TimeProvider _time;
    readonly InvocationDeadline _deadline;
    readonly Lock _freezing = new();
    int _disposed;
    bool _frozen;

    /// <summary>The runtime's end has been told to whoever waited for an answer.</summary>
    volatile bool _isOver;

    ShutdownReason _reason = ShutdownReason.Spindown;

    internal ExecutionEnvironment(EnvironmentParts parts, TimeProvider time)
    {
        _parts = parts;
        _time = time;
        CreatedAt = time.GetTimestamp();
        IdleSince = CreatedAt;
        _deadline = new InvocationDeadline(() => parts.Session.Interrupt(RuntimeReadiness.TimedOut), time);
        Ended = parts.Session.Extensions is { } extensions ? Task.WhenAny(parts.Process.Exited, extensions.Failed) : parts.Process.Exited;
        _ = WatchAsync();
    }

    public string Id => _parts.Sandbox.Id;

    public FunctionVersion Version => _parts.Version;

    public InitializationType Initialization => _parts.Initialization;

    public EnvironmentState State { get; internal set; } = EnvironmentState.Idle;

    public long CreatedAt { get; }

    /// <summary>Timestamp of the time provider.</summary>
    public long IdleSince { get; internal set; }

    public int Invocations { get; private set; }

    public bool IsFrozen => _frozen;

    /// <summary>What it was promised of the machine's memory.</summary>
    internal MemoryShare? Memory { get; set; }

    /// <summary>What its cold start took: to lose it costs that again.</summary>
    internal TimeSpan StartCost { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Completes when the runtime's process has ended, or an extension's.</summary>
    public Task Ended { get; }

    public MemoryUsage ReadMemory() => _parts.Sandbox.ReadMemory();

    /// <summary>Called when an invocation is over: true when the environment may serve another.</summary>
    internal Action<ExecutionEnvironment, bool>? Released { get; set; }

    /// <summary>Runs one event. <paramref name="initDuration"/> is what REPORT shows when this invocation waited for INIT.</summary>
    internal async Task<Execution> InvokeAsync(InvocationRequest request, TimeSpan? initDuration, TimeSpan timeLeft)
    {
        Invocations++;
        if (request.Tail == LogTail.Tail)
            _parts.Log.BeginTail();
        _parts.Lines.Start(request.RequestId);
        var started = _time.GetTimestamp();
        var runtimeEvent = new RuntimeEvent
        {
            RequestId = request.RequestId,
            Payload = request.Payload,
            DeadlineUnixMilliseconds = (_time.GetUtcNow() + timeLeft).ToUnixTimeMilliseconds(),
            InvokedFunctionArn = request.InvokedFunctionArn,
            TraceId = request.TraceId,
            ClientContext = request.ClientContext,
            Response = request.Response,
        };
        _deadline.Begin(request);
        // Extensions first: the runtime may be done before they have heard of it.
        var extending = _parts.Session.Extensions?.Deliver(runtimeEvent);
        var (answering, ready) = _parts.Session.Deliver(runtimeEvent);
        _deadline.Set(request, timeLeft);
        if (_isOver)
            _parts.Session.Interrupt(WhatEnded());
        var answer = await answering;
        var latency = _time.GetElapsedTime(started);
        InvocationOutcome outcome = answer.Kind switch
        {
            RuntimeAnswerKind.Response when answer.Stream is { } stream =>
                new InvocationOutcome.Streaming(stream.Body, stream.ContentType, EndOfAsync(stream, request.RequestId, ready)),
            RuntimeAnswerKind.Response => new InvocationOutcome.Succeeded(answer.Body, answer.ContentType),
            RuntimeAnswerKind.Error => new InvocationOutcome.FunctionError(answer.Body, answer.ErrorType ?? "Runtime.Unknown"),
            RuntimeAnswerKind.TimedOut => InvocationOutcome.TimedOut(request.RequestId, TimeSpan.FromSeconds(Version.TimeoutSeconds)),
            RuntimeAnswerKind.ExtensionFailed => InvocationOutcome.Failed(request.RequestId, await _parts.Session.Extensions!.Failed),
            _ => InvocationOutcome.Exited(request.RequestId, await _parts.Process.Exited, _parts.Session.Extensions?.FatalError),
        };
        return new Execution(outcome, FinishAsync(request, ready, extending, started, latency, answer, initDuration));
    }

    RuntimeReadiness WhatEnded() => _parts.Process.Exited.IsCompleted ? RuntimeReadiness.Ended : RuntimeReadiness.ExtensionFailed;

    async Task<InvocationOutcome> EndOfAsync(RuntimeStream stream, string requestId, Task<RuntimeReadiness> ready)
    {
        var end = await stream.Ended;
        switch (end.Kind)
        {
            case RuntimeStreamEndKind.Complete:
                return new InvocationOutcome.Succeeded(default, stream.ContentType);
            case RuntimeStreamEndKind.Failed:
                return new InvocationOutcome.FunctionError(end.Body, end.ErrorType ?? "Runtime.Unknown");
            case RuntimeStreamEndKind.TooLarge:
                return InvocationOutcome.TooLarge(stream.MaxBytes);
        }

        // A process that dies takes its connection with it, and which of the two is seen first is chance: what became of the runtime decides.
        return await ready switch
        {
            RuntimeReadiness.TimedOut => InvocationOutcome.TimedOut(requestId, TimeSpan.FromSeconds(Version.TimeoutSeconds)),
            RuntimeReadiness.Ended => InvocationOutcome.Exited(requestId, await _parts.Process.Exited, _parts.Session.Extensions?.FatalError),
            RuntimeReadiness.ExtensionFailed => InvocationOutcome.Failed(requestId, await _parts.Session.Extensions!.Failed),
            _ => InvocationOutcome.Truncated(requestId),
        };
    }

    async Task<FinishedInvocation> FinishAsync(
        InvocationRequest request, Task<RuntimeReadiness> ready, Task<RuntimeReadiness>? extending, long started, TimeSpan latency,
        RuntimeAnswer answer, TimeSpan? initDuration)
    {
        var readiness = await ready;
        TimeSpan? overhead = null;
        if (_parts.Session.Extensions is not null)
        {
            // Extensions wait for this event before they ask for the next one.
            var runtimeDuration = _time.GetElapsedTime(started);
            await _parts.DrainOutputAsync();
            _parts.Lines.RuntimeDone(ReportOf(request, readiness, runtimeDuration, latency, answer));
            if (readiness == RuntimeReadiness.Ready && extending is not null)
                readiness = await extending;
            overhead = _time.GetElapsedTime(started) - runtimeDuration;
        }

        var duration = _time.GetElapsedTime(started);
        _deadline.End();
        await _parts.DrainOutputAsync();
        var report = ReportOf(request, readiness, duration, latency, answer, initDuration, overhead);
        if (overhead is null)
            _parts.Lines.RuntimeDone(report);
        _parts.Lines.End(report);
        var failed = readiness != RuntimeReadiness.Ready || answer.Kind == RuntimeAnswerKind.Error || await BrokeOffAsync(answer.Stream);
        var finished = new FinishedInvocation(report, request.Tail == LogTail.Tail ? _parts.Log.EndTail() : [], failed);
        _reason = readiness switch
        {
            RuntimeReadiness.Ready => ShutdownReason.Spindown,
            RuntimeReadiness.TimedOut => ShutdownReason.Timeout,
            _ => ShutdownReason.Failure,
        };
        Released?.Invoke(this, readiness == RuntimeReadiness.Ready);
        return finished;
    }

    static async ValueTask<bool> BrokeOffAsync(RuntimeStream? stream) =>
        stream is { Ended.IsCompleted: true } && (await stream.Ended).Kind != RuntimeStreamEndKind.Complete;

    /// <param name="latency">Until the answer, which may have been none.</param>
    InvocationReport ReportOf(
        InvocationRequest request, RuntimeReadiness readiness, TimeSpan duration, TimeSpan latency, RuntimeAnswer answer,
        TimeSpan? initDuration = null, TimeSpan? overhead = null) => new()
        {
            RequestId = request.RequestId,
            Duration = duration,
            ResponseLatency = answer.Kind is RuntimeAnswerKind.Response or RuntimeAnswerKind.Error ? latency : null,
            ProducedBytes = answer.Kind == RuntimeAnswerKind.Response && answer.Stream is null ? answer.Body.Length : null,
            InitDuration = initDuration,
            ExtensionOverhead = overhead,
            MemoryMegabytes = Version.MemoryMegabytes,
            MaxMemoryUsedMegabytes = MaxMemoryUsed(readiness),
            Status = readiness switch
            {
                RuntimeReadiness.Ready => "success",
                RuntimeReadiness.TimedOut => "timeout",
                _ => "error",
            },
            ErrorType = readiness is RuntimeReadiness.Ended or RuntimeReadiness.ExtensionFailed
            ? _parts.Session.Extensions?.FatalError ?? "Runtime.ExitError"
            : null,
        };

    /// <summary>MiB, at least 1 and at most the limit. Where something was killed for want of memory the limit was reached.</summary>
    int MaxMemoryUsed(RuntimeReadiness readiness)
    {
        if (readiness != RuntimeReadiness.Ready && _parts.Sandbox.ReadMemory().OutOfMemoryKills > 0)
            return Version.MemoryMegabytes;
        return (int)Math.Clamp((_parts.Sandbox.ReadPeakMemory() + (1 << 20) - 1) >> 20, 1, Version.MemoryMegabytes);
    }

    /// <summary>Stops processor use if the environment is still idle.</summary>
    internal void FreezeIfIdle()
    {
        lock (_freezing)
        {
            if (_frozen || State != EnvironmentState.Idle)
                return;
            // What is on its way to an extension arrives first; a receiver that is silent holds this up for seconds at most.
            if (_parts.Session.Extensions is { } extensions && !extensions.Telemetry.TryPause())
                return;
            _parts.Sandbox.Freeze();
            _frozen = true;
            // A provisioned environment keeps its promise: it must be able to run at once.
            if (Initialization == InitializationType.OnDemand)
                Memory?.ShrinkTo(ReadMemory().CurrentBytes);
        }
    }

    /// <summary>Called by whoever has taken the environment out of the idle ones.</summary>
    internal void Thaw()
    {
        lock (_freezing)
        {
            if (!_frozen)
                return;
            _parts.Sandbox.Thaw();
            _frozen = false;
            _parts.Session.Extensions?.Telemetry.Resume();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        TimeSpan? most = State == EnvironmentState.Busy ? EnvironmentShutdown.InHaste : null;
        State = EnvironmentState.Stopping;
        await _deadline.DisposeAsync();
        Thaw();
        if (_parts.Session.Extensions is { } extensions)
            await EnvironmentShutdown.RunAsync(extensions, _parts.Process, _parts.Extensions, _reason, _time, most);
        await _parts.DisposeAsync();
        Memory?.Dispose();
    }

    async Task WatchAsync()
    {
        await Ended;
        // What a process sent before it went may be seen after its end, and counts. A child of it may hold its connection.
        if (_parts.Process.Exited.IsCompleted)
            await _parts.Stem.HeardOutAsync().WaitAsync(s_hearing, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // First: an event that comes between is interrupted by whoever brings it.
        _isOver = true;
        _parts.Session.Interrupt(WhatEnded());
    }
}
