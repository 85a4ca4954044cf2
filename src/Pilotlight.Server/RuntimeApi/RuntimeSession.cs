using System.Diagnostics;

namespace Pilotlight.RuntimeApi;

/// <summary>An event on its way to the runtime. Headers with a null or empty value are not sent.</summary>
public sealed record RuntimeEvent
{
    public required string RequestId { get; init; }
    public required ReadOnlyMemory<byte> Payload { get; init; }
    public required long DeadlineUnixMilliseconds { get; init; }
    public required string InvokedFunctionArn { get; init; }
    public string? TraceId { get; init; }

    /// <summary>Already base64-decoded JSON.</summary>
    public string? ClientContext { get; init; }

    public string? CognitoIdentity { get; init; }

    /// <summary>Whether the caller takes the answer as it comes.</summary>
    public ResponseMode Response { get; init; }

    public string ContentType { get; init; } = "application/json";
}

/// <summary>How a caller wants its answer.</summary>
public enum ResponseMode
{
    /// <summary>Whole, at most 6 MB.</summary>
    Buffered,

    /// <summary>As the function writes it, when the function does so.</summary>
    Streaming,
}

public enum RuntimeAnswerKind
{
    Response,
    Error,

    /// <summary>The runtime's process is gone.</summary>
    Ended,

    /// <summary>The deadline passed.</summary>
    TimedOut,

    /// <summary>An extension's process is gone.</summary>
    ExtensionFailed,
}

/// <summary>How an invocation left the runtime.</summary>
public enum RuntimeReadiness
{
    /// <summary>It asked for the next event.</summary>
    Ready,
    Ended,
    TimedOut,
    ExtensionFailed,
}

/// <summary>What the runtime posted: bytes as they came, and the normalised error type when it was an error.</summary>
public sealed record RuntimeAnswer(RuntimeAnswerKind Kind, ReadOnlyMemory<byte> Body, string ContentType, string? ErrorType)
{
    /// <summary>The response itself when it comes bit by bit; then <see cref="Body"/> is empty.</summary>
    public RuntimeStream? Stream { get; init; }
}

/// <summary>States as AWS names them in its messages (spec/runtime-api.md 2.2).</summary>
public enum RuntimeState
{
    Started,
    InitError,
    Ready,
    Running,
    InvocationResponse,
    InvocationErrorResponse,
    RuntimeResponseSentState,
}

/// <summary>
/// The Runtime API's state machine for one environment. The runtime is hostile: whatever it sends, in whatever order, moves this
/// machine only along AWS's arrows.
/// </summary>
public sealed class RuntimeSession(StreamingOptions streaming, TimeProvider time)
{
    readonly Lock _gate = new();
    readonly TaskCompletionSource<RuntimeAnswer?> _initialized = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<IRuntimePoll> _polls = [];
    TaskCompletionSource<RuntimeAnswer>? _answer;
    TaskCompletionSource<RuntimeReadiness>? _ready;
    RuntimeEvent? _current;
    RuntimeStream? _stream;
    Func<ExtensionSet>? _makeExtensions;
    ExtensionSet? _extensions;

    /// <summary>For a runtime that was started ahead of need; null for one that knows at its start what it is for.</summary>
    public RuntimeAssignment? Assignment { get; init; }

    public RuntimeState State { get; private set; } = RuntimeState.Started;

    /// <summary>Null for an environment without extensions.</summary>
    public ExtensionSet? Extensions => Volatile.Read(ref _extensions);

    /// <summary>A layer's marker file switches the APIs of extensions off.</summary>
    public bool ExtensionsAreOff { get; set; }

    /// <summary>How the set of extensions is made when the first of them comes. Said once, before code of the function runs.</summary>
    public void AllowExtensions(Func<ExtensionSet> make) => _makeExtensions = make;

    /// <summary>The extensions, made when there are none yet; null when none may come any more.</summary>
    public ExtensionSet? OpenExtensions()
    {
        lock (_gate)
        {
            if (_extensions is null && State == RuntimeState.Started && _makeExtensions is { } make)
                Volatile.Write(ref _extensions, make());
            return _extensions;
        }
    }

    /// <summary>Completes with null on the first <c>next</c>, or with what was posted to <c>init/error</c>.</summary>
    public Task<RuntimeAnswer?> Initialized => _initialized.Task;

    /// <summary>
    /// Hands an event to the runtime. <c>Answer</c> completes with what the runtime posts, <c>Ready</c> when it asks for the next event.
    /// The environment must be idle.
    /// </summary>
    public (Task<RuntimeAnswer> Answer, Task<RuntimeReadiness> Ready) Deliver(RuntimeEvent runtimeEvent)
    {
        IRuntimePoll? poll = null;
        // Whoever waits goes on at once, on the thread that has read the answer: see RuntimeApiLoop.
        var answer = new TaskCompletionSource<RuntimeAnswer>();
        var ready = new TaskCompletionSource<RuntimeReadiness>();
        lock (_gate)
        {
            if (State != RuntimeState.Ready)
                throw new InvalidOperationException($"An event was delivered to a runtime that is {State}.");
            State = RuntimeState.Running;
            _current = runtimeEvent;
            _answer = answer;
            _ready = ready;
            if (_polls.Count > 0)
            {
                poll = _polls[0];
                _polls.RemoveAt(0);
            }
        }

        // A poll whose connection broke is gone from the list; then the runtime's next poll gets the event.
        poll?.Give(runtimeEvent);
        return (answer.Task, ready.Task);
    }

    /// <summary>
    /// A <c>next</c> call: the current event again while one runs; else null, and the event to come is given to <paramref name="poll"/>.
    /// After <c>init/error</c> there is nothing to come: the environment is about to be torn down.
    /// </summary>
    internal RuntimeEvent? Poll(IRuntimePoll poll)
    {
        TaskCompletionSource<RuntimeReadiness>? ready = null;
        var first = false;
        lock (_gate)
        {
            if (State == RuntimeState.Running)
                return _current!;
            if (State == RuntimeState.InitError)
                return null;
            first = State == RuntimeState.Started;
            if (State == RuntimeState.RuntimeResponseSentState)
                (ready, _ready) = (_ready, null);
            // A runtime whose answer broke off may ask before the broken connection was noticed: it is ready when the answer is over.
            if (State is not (RuntimeState.InvocationResponse or RuntimeState.InvocationErrorResponse))
                State = RuntimeState.Ready;
            _polls.Add(poll);
        }

        if (first)
        {
            Extensions?.CloseRegistration();
            _initialized.TrySetResult(null);
        }

        ready?.TrySetResult(RuntimeReadiness.Ready);
        return null;
    }

    /// <summary>The connection of a waiting <c>next</c> call is gone.</summary>
    internal void Forget(IRuntimePoll poll)
    {
        lock (_gate)
            _polls.Remove(poll);
    }

    /// <summary>Begins a response or an error to the current event; null when allowed, else AWS's refusal.</summary>
    internal RuntimeRefusal? BeginAnswer(string requestId, RuntimeState target)
    {
        Debug.Assert(target is RuntimeState.InvocationResponse or RuntimeState.InvocationErrorResponse);
        lock (_gate)
        {
            if (_current is null || _current.RequestId != requestId)
                return RuntimeRefusal.InvalidRequestId;
            if (State != RuntimeState.Running)
                return RuntimeRefusal.InvalidTransition(State, target);
            State = target;
            return null;
        }
    }

    /// <summary>
    /// Whoever waits gets the begun response as a stream, while the runtime still writes it; null when nobody wants it so, and it is to be
    /// read whole.
    /// </summary>
    internal RuntimeStream? TryBeginStream(string contentType)
    {
        TaskCompletionSource<RuntimeAnswer> waiting;
        RuntimeStream stream;
        lock (_gate)
        {
            if (_answer is null || _current is not { Response: ResponseMode.Streaming })
                return null;
            _stream = stream = new RuntimeStream(contentType, streaming, time);
            (waiting, _answer) = (_answer, null);
        }

        waiting.TrySetResult(new RuntimeAnswer(RuntimeAnswerKind.Response, default, contentType, null) { Stream = stream });
        return stream;
    }

    /// <summary>Ends what <see cref="BeginAnswer"/> began; null when it was a stream, which whoever waited has already.</summary>
    internal void CompleteAnswer(RuntimeAnswer? answer)
    {
        TaskCompletionSource<RuntimeAnswer>? waiting;
        TaskCompletionSource<RuntimeReadiness>? ready = null;
        lock (_gate)
        {
            _stream = null;
            (waiting, _answer) = (_answer, null);
            State = RuntimeState.RuntimeResponseSentState;
            if (_polls.Count > 0)
            {
                State = RuntimeState.Ready;
                (ready, _ready) = (_ready, null);
            }
        }

        if (answer is not null)
            waiting?.TrySetResult(answer);
        ready?.TrySetResult(RuntimeReadiness.Ready);
    }

    /// <summary>
    /// The process ended, or the deadline passed: whoever waits for this invocation is told. What the runtime still sends is refused.
    /// </summary>
    public void Interrupt(RuntimeReadiness reason)
    {
        TaskCompletionSource<RuntimeAnswer>? answer;
        TaskCompletionSource<RuntimeReadiness>? ready;
        RuntimeStream? stream;
        lock (_gate)
        {
            (answer, _answer) = (_answer, null);
            (ready, _ready) = (_ready, null);
            stream = _stream;
            if (answer is not null && State == RuntimeState.Running)
                State = RuntimeState.RuntimeResponseSentState;
        }

        var kind = reason switch
        {
            RuntimeReadiness.TimedOut => RuntimeAnswerKind.TimedOut,
            RuntimeReadiness.ExtensionFailed => RuntimeAnswerKind.ExtensionFailed,
            _ => RuntimeAnswerKind.Ended,
        };
        answer?.TrySetResult(new RuntimeAnswer(kind, default, "", null));
        stream?.Interrupt();
        ready?.TrySetResult(reason);
        Extensions?.Interrupt(reason);
    }

    internal RuntimeRefusal? FailInitialization(RuntimeAnswer error)
    {
        lock (_gate)
        {
            if (State != RuntimeState.Started)
                return RuntimeRefusal.InvalidTransition(State, RuntimeState.InitError);
            State = RuntimeState.InitError;
        }

        _initialized.TrySetResult(error);
        return null;
    }
}

/// <summary>An error answer of the Runtime API.</summary>
sealed record RuntimeRefusal(int Status, string Type, string Message)
{
    public static RuntimeRefusal InvalidRequestId { get; } = new(400, "InvalidRequestID", "Invalid request ID");

    public static RuntimeRefusal InvalidResponseMode { get; } = new(400, "InvalidFunctionResponseMode", "Invalid function response mode");

    public static RuntimeRefusal Truncated { get; } = new(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");

    public static RuntimeRefusal TooLarge { get; } =
        new(413, "RequestEntityTooLarge", $"Exceeded maximum allowed payload size ({RuntimeApiEndpoint.MaxPayloadBytes} bytes).");

    public static RuntimeRefusal StreamTooLarge { get; } = new(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size.");

    public static RuntimeRefusal Internal { get; } = new(500, "InternalServerError", "Internal Server Error");

    public static RuntimeRefusal InvalidTransition(RuntimeState from, RuntimeState to) =>
        new(403, "InvalidStateTransition", $"State transition from {from} to {to} failed for runtime. Error: State transition is not allowed");
}
