namespace Pilotlight.RuntimeApi;

/// <summary>States as AWS names them in its messages (spec/runtime-api.md 2.2).</summary>
public enum ExtensionState
{
    Started,
    Registered,
    Ready,
    Running,
    InitError,
    ExitError,
    ShutdownFailed,
    Exited,
    LaunchError,
}

public enum ExtensionKind
{
    /// <summary>A process of its own, from <c>/opt/extensions</c>.</summary>
    External,

    /// <summary>Code in the runtime's process.</summary>
    Internal,
}

/// <summary>Why an environment sees its extensions end (the words are those of the SHUTDOWN event).</summary>
public enum ShutdownReason
{
    Spindown,
    Timeout,
    Failure,
}

/// <summary>What an extension gets from <c>event/next</c>.</summary>
/// <param name="Body">JSON.</param>
/// <param name="EventIdentifier">Only an INVOKE has one.</param>
sealed record ExtensionEvent(byte[] Body, string? EventIdentifier);

/// <summary>Why extensions ended an INIT or an invocation: AWS's error type, and its message without the request id.</summary>
public sealed record ExtensionFailure(string ErrorType, string Message);

/// <summary>One extension of one environment. All of it belongs to its <see cref="ExtensionSet"/>, under whose lock it changes.</summary>
public sealed class Extension
{
    internal Extension(string name, ExtensionKind kind) => (Name, Kind) = (name, kind);

    public string Name { get; }

    public ExtensionKind Kind { get; }

    /// <summary>What it names itself by: a UUID that only it was told.</summary>
    internal Guid Identifier { get; } = Guid.NewGuid();

    public ExtensionState State { get; internal set; } = ExtensionState.Started;

    /// <summary>As it asked for them, each once.</summary>
    public IReadOnlyList<string> Events { get; internal set; } = [];

    /// <summary>What it reported of itself, or why it could not be started.</summary>
    public string? ErrorType { get; internal set; }

    /// <summary>The waiting <c>event/next</c>, while its connection stands.</summary>
    internal TaskCompletionSource<ExtensionEvent>? Poll { get; set; }

    /// <summary>An event that nobody has fetched yet.</summary>
    internal ExtensionEvent? Waiting { get; set; }

    internal bool HasExited { get; set; }

    internal bool Wants(string happening) => Events.Contains(happening);
}
