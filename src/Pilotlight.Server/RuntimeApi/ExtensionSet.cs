namespace Pilotlight.RuntimeApi;

/// <summary>What extensions are told of the function they extend.</summary>
public sealed record ExtendedFunction(string Name, string Version, string Handler, string AccountId);

/// <summary>
/// The extensions of one environment and AWS's state machine for them. They are hostile: whatever they send, in whatever order, moves
/// it only along AWS's arrows. Functions without extensions have none of this.
/// </summary>
public sealed partial class ExtensionSet(ExtendedFunction function, TelemetryHub telemetry)
{
    /// <summary>External and internal together.</summary>
    public const int MaxExtensions = 10;

    readonly Lock _gate = new();
    readonly List<Extension> _all = [];
    readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<ExtensionFailure> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TaskCompletionSource<RuntimeReadiness>? _done;
    string? _fatalError;
    bool _externalsKnown;
    bool _registrationClosed;
    bool _shuttingDown;

    public ExtendedFunction Function => function;

    public TelemetryHub Telemetry => telemetry;

    /// <summary>Completes when every external extension has registered.</summary>
    public Task Registered => _registered.Task;

    /// <summary>Completes when no more can register and every one has asked for its first event.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when one could not be started or ended before its time; what it says is the fate of the INIT or invocation.</summary>
    public Task<ExtensionFailure> Failed => _failed.Task;

    /// <summary>The type of the first failure, also when it was the runtime that ended then.</summary>
    public string? FatalError
    {
        get
        {
            lock (_gate)
                return _fatalError;
        }
    }

    public bool HasExternal
    {
        get
        {
            lock (_gate)
                return _all.Exists(static extension => extension.Kind == ExtensionKind.External);
        }
    }

    public IReadOnlyList<Extension> Snapshot()
    {
        lock (_gate)
            return [.. _all];
    }

    /// <summary>One that is about to be started; its failure, where there are too many.</summary>
    public Extension AddExternal(string name)
    {
        var extension = new Extension(name, ExtensionKind.External);
        bool tooMany;
        lock (_gate)
        {
            _all.Add(extension);
            tooMany = _all.Count > MaxExtensions;
        }

        if (tooMany)
            FailLaunch(extension, "TooManyExtensions", "ErrTooManyExtensions");
        return extension;
    }

    /// <summary>It could not be started.</summary>
    /// <param name="errorType"><c>PermissionDenied</c>, <c>TooManyExtensions</c> or <c>UnknownError</c>.</param>
    public void FailLaunch(Extension extension, string errorType, string message)
    {
        lock (_gate)
        {
            (extension.State, extension.ErrorType, extension.HasExited) = (ExtensionState.LaunchError, errorType, true);
            _fatalError ??= "Extension.LaunchError";
        }

        _failed.TrySetResult(new ExtensionFailure("Extension.LaunchError", message));
    }

    /// <summary>All external ones are added: from here on <see cref="Registered"/> can complete.</summary>
    public void CompleteExternals()
    {
        lock (_gate)
        {
            _externalsKnown = true;
            CompleteRegisteredLocked();
        }
    }

    /// <summary>The runtime has asked for its first event: no internal extension comes after.</summary>
    internal void CloseRegistration()
    {
        lock (_gate)
        {
            _registrationClosed = true;
            CompleteReadyLocked();
        }
    }

    /// <summary>A <c>register</c>; what became of it, or AWS's refusal.</summary>
    internal (Extension? Extension, RuntimeRefusal? Refusal) Register(string name, IReadOnlyList<string> events)
    {
        lock (_gate)
        {
            var extension = _all.Find(extension => extension.Kind == ExtensionKind.External && extension.Name == name);
            foreach (var happening in events)
            {
                if (happening is not ("INVOKE" or "SHUTDOWN"))
                    return (null, ExtensionRefusals.InvalidEventType($"{happening}: ErrorInvalidEventType"));
                if (happening == "SHUTDOWN" && extension is null)
                    return (null, ExtensionRefusals.InvalidEventType("SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"));
            }

            if (extension is not null)
            {
                if (extension.State != ExtensionState.Started)
                    return (null, ExtensionRefusals.InvalidTransition(extension.State, ExtensionState.Registered, name));
            }
            else
            {
                if (_registrationClosed)
                    return (null, ExtensionRefusals.RegistrationClosed);
                if (_all.Count >= MaxExtensions)
                    return (null, ExtensionRefusals.TooMany);
                if (_all.Exists(other => other.Name == name))
                    return (null, ExtensionRefusals.NameTaken);
                extension = new Extension(name, ExtensionKind.Internal);
                _all.Add(extension);
            }

            extension.State = ExtensionState.Registered;
            extension.Events = [.. events.Distinct()];
            CompleteRegisteredLocked();
            return (extension, null);
        }
    }

    /// <summary>An <c>event/next</c>: the event that waits, or the one to come.</summary>
    internal (Extension? Extension, Task<ExtensionEvent>? Event, RuntimeRefusal? Refusal) Next(Guid identifier)
    {
        TaskCompletionSource<RuntimeReadiness>? done = null;
        TaskCompletionSource<ExtensionEvent> poll;
        Extension? extension;
        lock (_gate)
        {
            extension = FindLocked(identifier);
            if (extension is null)
                return (null, null, ExtensionRefusals.UnknownExtension(identifier));
            // An event that came while its connection was broken is still to be had.
            if (extension is { State: ExtensionState.Running, Waiting: { } waiting })
            {
                extension.Waiting = null;
                return (extension, Task.FromResult(waiting), null);
            }

            var mayAsk = extension.State is ExtensionState.Registered or ExtensionState.Running
                || extension is { State: ExtensionState.Ready, Poll: null };
            if (!mayAsk || _shuttingDown && extension.State != ExtensionState.Running && extension.State != ExtensionState.Ready)
                return (null, null, ExtensionRefusals.InvalidTransition(extension.State, ExtensionState.Ready, $"{identifier:D}"));
            extension.State = ExtensionState.Ready;
            extension.Poll = poll = new TaskCompletionSource<ExtensionEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_ready.Task.IsCompleted)
                CompleteReadyLocked();
            else
                done = TakeDoneLocked();
        }

        done?.TrySetResult(RuntimeReadiness.Ready);
        return (extension, poll.Task, null);
    }

    /// <summary>The connection of a waiting <c>event/next</c> is gone.</summary>
    internal void Forget(Extension extension, Task<ExtensionEvent> poll)
    {
        lock (_gate)
        {
            if (extension.Poll?.Task == poll)
                extension.Poll = null;
        }
    }

    internal RuntimeRefusal? ReportInitError(Guid identifier, string errorType) =>
        Report(identifier, errorType, ExtensionState.InitError, "Extension.InitError");

    internal RuntimeRefusal? ReportExitError(Guid identifier, string errorType) =>
        Report(identifier, errorType, ExtensionState.ExitError, "Extension.ExitError");

    /// <summary>The name of the extension that an identifier belongs to.</summary>
    internal string? NameOf(Guid identifier)
    {
        lock (_gate)
            return FindLocked(identifier)?.Name;
    }

    /// <summary>Its process is gone. Before a shutdown that is the end of the environment.</summary>
    /// <param name="message">As AWS words it: <c>exit code 0</c>, <c>exit status 3</c>.</param>
    public void Exited(Extension extension, string message)
    {
        ExtensionFailure? failure = null;
        lock (_gate)
        {
            extension.HasExited = true;
            if (_shuttingDown)
            {
                extension.State = ExtensionState.Exited;
            }
            else
            {
                _fatalError ??= "Extension.Crash";
                failure = new ExtensionFailure(_fatalError, message);
                // What it reported itself stays to be seen.
                if (extension.State is not (ExtensionState.InitError or ExtensionState.ExitError))
                    extension.State = ExtensionState.Exited;
            }
        }

        if (failure is not null)
            _failed.TrySetResult(failure);
    }

    RuntimeRefusal? Report(Guid identifier, string errorType, ExtensionState target, string fatalError)
    {
        lock (_gate)
        {
            if (FindLocked(identifier) is not { } extension)
                return ExtensionRefusals.UnknownIdentifier;
            // Said again it is accepted, and the first word stands.
            if (extension.State == target)
                return null;
            var allowed = target == ExtensionState.InitError
                ? extension.State == ExtensionState.Registered
                : extension.State is ExtensionState.Registered or ExtensionState.Ready or ExtensionState.Running;
            if (!allowed)
                return ExtensionRefusals.InvalidTransition(extension.State, target, $"{identifier:D}");
            (extension.State, extension.ErrorType) = (target, errorType);
            // Once it is being ended anyway, nothing fails any more.
            if (!_shuttingDown)
                _fatalError ??= fatalError;
            return null;
        }
    }

    Extension? FindLocked(Guid identifier) => _all.Find(extension => extension.Identifier == identifier && extension.State != ExtensionState.Started);

    void CompleteRegisteredLocked()
    {
        if (_externalsKnown && _all.TrueForAll(static extension => extension.State != ExtensionState.Started))
            _registered.TrySetResult();
    }

    void CompleteReadyLocked()
    {
        if (_registrationClosed && _all.TrueForAll(static extension => extension.State == ExtensionState.Ready))
            _ready.TrySetResult();
    }
}
