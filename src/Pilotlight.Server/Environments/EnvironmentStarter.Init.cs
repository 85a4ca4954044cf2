using System.Text.Json;
using Pilotlight.Functions;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>
/// The INIT phase (spec/runtime-api.md 7): external extensions until all have registered, the runtime until its first <c>next</c>, the
/// extensions until theirs. One limit holds for all of it together.
/// </summary>
sealed partial class EnvironmentStarter
{
    const int PermissionDenied = 13;
    const int NotPermitted = 1;

    /// <summary>From now on code inside may register extensions, unless a layer switches them off.</summary>
    void AllowExtensions(Stem stem, FunctionVersion version, EnvironmentLogContext context, PlatformLines lines)
    {
        context.Log.Telemetry = null;
        var layers = packages.LayersFolderOf(version);
        stem.Session.ExtensionsAreOff = ExtensionPrograms.AreOff(layers);
        stem.Session.AllowExtensions(() =>
        {
            var telemetry = new TelemetryHub(() => OpenSocket(stem.Sandbox), version.Logging.Format == "JSON", time) { Taken = lines.Subscription };
            context.Log.Telemetry = telemetry;
            // Those that come when INIT has begun learn of its beginning all the same.
            if (context.InitStartWritten)
                lines.TellInitStart(context.Phase);
            return new ExtensionSet(new ExtendedFunction(version.Name, version.Version, version.Handler, version.AccountId), telemetry);
        });
    }

    static System.Net.Sockets.Socket OpenSocket(ISandbox sandbox)
    {
        try
        {
            return sandbox.OpenSocket();
        }
        catch (SandboxException gone)
        {
            throw new IOException(gone.Message, gone);
        }
    }

    /// <summary>Null when all is well.</summary>
    async Task<StartOutcome.Failed?> InitializeAsync(
        Initialization init, IReadOnlyList<string> programs, ColdStartClock clock, TimeSpan limit, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var expired = Task.Delay(limit, time, over.Token);
        var variables = Variables(init.Version, init.Launch, init.Stem, init.Context);
        try
        {
            if (programs.Count > 0 && await StartExtensionsAsync(init, programs, variables, expired) is { } notExtended)
                return notExtended;
            cancellation.ThrowIfCancellationRequested();
            var failure = await StartRuntimeAsync(init, variables);
            clock.End("runtime");
            failure ??= await WaitForRuntimeAsync(init, expired);
            cancellation.ThrowIfCancellationRequested();
            init.Lines.InitRuntimeDone(init.Context.Phase, failure?.Status ?? "success", failure?.ErrorType);
            failure ??= await WaitForExtensionsAsync(init, expired);
            cancellation.ThrowIfCancellationRequested();
            return failure;
        }
        finally
        {
            await over.CancelAsync();
            if (init.Stem.Session.Extensions is { } extensions && !cancellation.IsCancellationRequested)
            {
                foreach (var extension in extensions.Snapshot())
                    init.Lines.Extension(extension);
                extensions.Telemetry.Close();
            }
        }
    }

    /// <summary>Starts what lies in <c>/opt/extensions</c>, and waits until all of it has registered.</summary>
    async Task<StartOutcome.Failed?> StartExtensionsAsync(
        Initialization init, IReadOnlyList<string> programs, Dictionary<string, string> variables, Task expired)
    {
        var extensions = init.Stem.Session.Extensions!;
        var own = EnvironmentVariables.OfExtension(variables, init.Version, init.Launch, init.Stem.Sandbox);
        foreach (var name in programs)
        {
            var extension = extensions.AddExternal(name);
            if (extension.State == ExtensionState.LaunchError)
                break;
            try
            {
                var process = await init.Stem.Sandbox.StartAsync(
                    ExtensionPrograms.Process(name, init.Stem.Sandbox, own), CancellationToken.None);
                init.Extensions.Add(new ExtensionProcess(extension, process));
                _ = WatchAsync(extensions, extension, process);
            }
            catch (SandboxExecException notExecuted)
            {
                extensions.FailLaunch(extension, notExecuted.Error is PermissionDenied or NotPermitted ? "PermissionDenied" : "UnknownError",
                    $"fork/exec {ExtensionPrograms.Folder}/{name}: {WordsOf(notExecuted)}");
                break;
            }
        }

        extensions.CompleteExternals();
        await Task.WhenAny(extensions.Registered, extensions.Failed, expired);
        return await FailureOfAsync(init, extensions, extensions.Registered);
    }

    /// <summary>Ends with the process, at the latest with its sandbox.</summary>
    static async Task WatchAsync(ExtensionSet extensions, Extension extension, SandboxProcess process)
    {
        var status = await process.Exited;
        extensions.Exited(extension, status is { Signaled: false, Code: 0 } ? "exit code 0" : status.ToString());
    }

    /// <summary>The system's words for an errno, as Go writes them.</summary>
    static string WordsOf(SandboxExecException notExecuted)
    {
        var text = notExecuted.Message[(notExecuted.Message.LastIndexOf(": ", StringComparison.Ordinal) is var colon and >= 0 ? colon + 2 : 0)..];
        return text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
    }

    /// <summary>Tells the runtime that waits what it is for, or starts one.</summary>
    static async Task<StartOutcome.Failed?> StartRuntimeAsync(Initialization init, Dictionary<string, string> variables)
    {
        var stem = init.Stem;
        try
        {
            if (stem.Runtime is { } waiting)
                stem.Session.Assignment!.Tell(JsonSerializer.SerializeToUtf8Bytes(new StemAssignment(variables), EnvironmentsJson.Default.StemAssignment));
            init.Runtime = stem.Runtime ?? await stem.Sandbox.StartAsync(Process(init.Launch, stem.Sandbox, variables), CancellationToken.None);
            return null;
        }
        catch (SandboxExecException notExecuted)
        {
            return init.Fail(
                id => new InvocationOutcome.PlatformError("Runtime.InvalidEntrypoint", $"RequestId: {id} Error: {notExecuted.Message}"),
                "error", "Runtime.InvalidEntrypoint");
        }
    }

    /// <summary>The first <c>next</c>, an error, the end of the process, or too late; null when all is well.</summary>
    static async Task<StartOutcome.Failed?> WaitForRuntimeAsync(Initialization init, Task expired)
    {
        var session = init.Stem.Session;
        var runtime = init.Runtime!;
        var first = init.Extensions.Count == 0
            ? await Task.WhenAny(session.Initialized, runtime.Exited, expired)
            : await Task.WhenAny(session.Initialized, runtime.Exited, session.Extensions!.Failed, expired);
        if (first == expired)
            return TimedOut(init);

        // A runtime that posts its error and exits at once has both; what it posted says more.
        if (session.Initialized.IsCompleted)
        {
            if (await session.Initialized is not { } error)
                return null;
            return init.Fail(
                _ => new InvocationOutcome.FunctionError(error.Body, error.ErrorType ?? "Runtime.Unknown"), "error", error.ErrorType ?? "Runtime.Unknown");
        }

        if (session.Extensions is { Failed: { IsCompleted: true } failed })
            return Failed(init, await failed);
        var status = await runtime.Exited;
        var type = session.Extensions?.FatalError;
        return init.Fail(id => InvocationOutcome.Exited(id, status, type), "error", type ?? "Runtime.ExitError");
    }

    /// <summary>Every extension's first <c>event/next</c>.</summary>
    static async Task<StartOutcome.Failed?> WaitForExtensionsAsync(Initialization init, Task expired)
    {
        if (init.Stem.Session.Extensions is not { } extensions)
            return null;
        var runtime = init.Runtime!;
        await Task.WhenAny(extensions.Ready, extensions.Failed, runtime.Exited, expired);
        if (!extensions.Ready.IsCompleted && !extensions.Failed.IsCompleted && runtime.Exited.IsCompleted)
        {
            var status = await runtime.Exited;
            var type = extensions.FatalError;
            return init.Fail(id => InvocationOutcome.Exited(id, status, type), "error", type ?? "Runtime.ExitError");
        }

        return await FailureOfAsync(init, extensions, extensions.Ready);
    }

    static async Task<StartOutcome.Failed?> FailureOfAsync(Initialization init, ExtensionSet extensions, Task wanted)
    {
        if (extensions.Failed.IsCompleted)
            return Failed(init, await extensions.Failed);
        return wanted.IsCompleted ? null : TimedOut(init);
    }

    static StartOutcome.Failed Failed(Initialization init, ExtensionFailure failure) =>
        init.Fail(id => InvocationOutcome.Failed(id, failure), "error", failure.ErrorType);

    static StartOutcome.Failed TimedOut(Initialization init)
    {
        var configured = TimeSpan.FromSeconds(init.Version.TimeoutSeconds);
        return init.Fail(id => InvocationOutcome.TimedOut(id, configured), "timeout", "Sandbox.Timedout");
    }

    /// <summary>After an INIT that failed, extensions get their SHUTDOWN as after an invocation that did.</summary>
    async Task EndExtensionsAsync(Initialization init, StartOutcome.Failed failure)
    {
        if (init.Stem.Session.Extensions is not { } extensions)
            return;
        init.Lines.TellInitReport(failure.InitDuration, init.Context.Phase, failure.Status, failure.ErrorType);
        await EnvironmentShutdown.RunAsync(
            extensions, init.Runtime, init.Extensions, failure.Status == "timeout" ? ShutdownReason.Timeout : ShutdownReason.Failure, time);
        init.Context.Log.Telemetry = null;
    }
}
