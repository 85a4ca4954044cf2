using System.Net;
using Pilotlight.Api;
using Pilotlight.Functions;
using Pilotlight.Identities;
using Pilotlight.Logs;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>How a cold start ended.</summary>
abstract record StartOutcome(TimeSpan InitDuration)
{
    public sealed record Started(ExecutionEnvironment Environment, TimeSpan InitDuration) : StartOutcome(InitDuration);

    /// <summary><paramref name="Status"/> is <c>error</c> or <c>timeout</c>; <paramref name="Outcome"/> makes what the caller gets from a request id.</summary>
    public sealed record Failed(Func<string, InvocationOutcome> Outcome, TimeSpan InitDuration, string Status, string ErrorType)
        : StartOutcome(InitDuration);
}

/// <summary>What the starter needs of the rest of the platform.</summary>
sealed class EnvironmentServices(
    ISandboxDriver driver, SandboxListenerFactory listeners, OutputPump pump, LogIngest logs, RoleSessions sessions, StreamingOptions streaming)
{
    public ISandboxDriver Driver => driver;
    public SandboxListenerFactory Listeners => listeners;
    public OutputPump Pump => pump;
    public LogIngest Logs => logs;
    public RoleSessions Sessions => sessions;
    public StreamingOptions Streaming => streaming;
}

/// <summary>Makes execution environments: sandbox, listeners, runtime, INIT.</summary>
sealed partial class EnvironmentStarter(
    EnvironmentServices services, PackageStore packages, RuntimeLauncher launcher, EnvironmentsOptions options, TimeProvider time)
{
    /// <summary>The platform as code inside finds it; fixed, because the listener is inside too.</summary>
    const int PlatformPort = 4566;

    const int RuntimeApiPort = 9001;

    readonly SemaphoreSlim _starts = new(options.ParallelStarts > 0 ? options.ParallelStarts : Environment.ProcessorCount * 2);

    /// <summary>A name for a log stream, as AWS makes them: one an environment.</summary>
    public EnvironmentLogContext OpenLog(FunctionVersion version)
    {
        var day = time.GetUtcNow().ToString("yyyy/MM/dd", System.Globalization.CultureInfo.InvariantCulture);
        var id = Guid.NewGuid().ToString("n");
        var group = version.Logging.Group ?? $"/aws/lambda/{version.Name}";
        var stream = version.Logging.Group is null || version.Logging.Group == $"/aws/lambda/{version.Name}"
            ? $"{day}/[{version.Version}]{id}"
            : $"{day}/{version.Name}[{version.Version}]{id}";
        var level = version.Logging.Format == "JSON" ? FunctionLogLevel.Of(version.Logging.ApplicationLevel ?? "INFO") : FunctionLogLevel.All;
        var log = new EnvironmentLog(services.Logs.Open(version.AccountId, version.Region, group, stream), time, level);
        return new EnvironmentLogContext(log, group, stream);
    }

    /// <summary>
    /// Starts an environment and waits for its INIT, at most <paramref name="limit"/>. A failed INIT is an outcome; a sandbox that
    /// cannot be made is a <see cref="SandboxException"/>.
    /// </summary>
    public async Task<StartOutcome> StartAsync(FunctionVersion version, EnvironmentLogContext context, TimeSpan limit)
    {
        await _starts.WaitAsync();
        try
        {
            return await StartUnboundedAsync(version, context, limit);
        }
        finally
        {
            _starts.Release();
        }
    }

    async Task<StartOutcome> StartUnboundedAsync(FunctionVersion version, EnvironmentLogContext context, TimeSpan limit)
    {
        if (version.NotRunnable is { } what)
            throw FunctionErrors.NotRunnable(what).AsException();
        var lease = packages.Use(version);
        ISandbox? sandbox = null;
        EnvironmentOutput? output = null;
        List<SandboxListener> listening = [];
        try
        {
            var launch = launcher.Of(version, new FunctionFolders(packages.FolderOf(version), packages.LayersFolderOf(version)));
            sandbox = await services.Driver.CreateAsync(Specify(version, launch), CancellationToken.None);
            output = new EnvironmentOutput(services.Pump, sandbox, context.Log);
            var session = new RuntimeSession(services.Streaming, time);
            var runtimeApi = Listen(sandbox, RuntimeApiPort, listening, connection => connection.Features.Set(session));
            var origin = new SandboxOrigin(version.FunctionArn);
            var platform = Listen(sandbox, PlatformPort, listening, connection => connection.Features.Set(origin));
            var lines = new PlatformLines(context.Log, version, launch.RuntimeVersion, time);
            if (!context.InitStartWritten)
                lines.InitStart();
            context.InitStartWritten = true;
            var started = time.GetTimestamp();
            SandboxProcess process;
            try
            {
                process = await sandbox.StartAsync(Process(version, launch, sandbox, runtimeApi, platform, context), CancellationToken.None);
            }
            catch (SandboxExecException notExecuted)
            {
                var failed = new StartOutcome.Failed(
                    id => new InvocationOutcome.PlatformError("Runtime.InvalidEntrypoint", $"RequestId: {id} Error: {notExecuted.Message}"),
                    time.GetElapsedTime(started), "error", "Runtime.InvalidEntrypoint");
                await AbandonAsync(sandbox, output, listening, lease);
                return failed;
            }

            var parts = new EnvironmentParts
            {
                Version = version,
                Sandbox = sandbox,
                Session = session,
                Process = process,
                Log = context.Log,
                Lines = lines,
                Output = output,
                Listeners = listening,
                CodeLease = lease,
            };
            var failure = await WaitForInitAsync(parts, limit, started);
            var duration = time.GetElapsedTime(started);
            // What INIT printed stands before START.
            await output.DrainAsync(64);
            if (failure is null)
                return new StartOutcome.Started(new ExecutionEnvironment(parts, time), duration);
            await AbandonAsync(sandbox, output, listening, lease);
            return failure;
        }
        catch
        {
            await AbandonAsync(sandbox, output, listening, lease);
            throw;
        }
    }

    /// <summary>The first <c>next</c>, an error, the end of the process, or too late; null when all is well.</summary>
    async Task<StartOutcome.Failed?> WaitForInitAsync(EnvironmentParts parts, TimeSpan limit, long started)
    {
        using var over = new CancellationTokenSource();
        var expired = Task.Delay(limit, time, over.Token);
        var first = await Task.WhenAny(parts.Session.Initialized, parts.Process.Exited, expired);
        await over.CancelAsync();
        var duration = time.GetElapsedTime(started);
        if (first == expired)
        {
            var configured = TimeSpan.FromSeconds(parts.Version.TimeoutSeconds);
            return new StartOutcome.Failed(id => InvocationOutcome.TimedOut(id, configured), duration, "timeout", "Sandbox.Timedout");
        }

        // A runtime that posts its error and exits at once has both; what it posted says more.
        if (parts.Session.Initialized.IsCompleted)
        {
            if (await parts.Session.Initialized is not { } error)
                return null;
            return new StartOutcome.Failed(
                _ => new InvocationOutcome.FunctionError(error.Body, error.ErrorType ?? "Runtime.Unknown"), duration, "error",
                error.ErrorType ?? "Runtime.Unknown");
        }

        var status = await parts.Process.Exited;
        return new StartOutcome.Failed(id => InvocationOutcome.Exited(id, status), duration, "error", "Runtime.ExitError");
    }

    SandboxSpec Specify(FunctionVersion version, RuntimeLaunch launch)
    {
        var millicores = Math.Max(1, version.MemoryMegabytes * 1000 / 1769);
        return new SandboxSpec
        {
            Id = Guid.NewGuid().ToString("n")[..16],
            MemoryBytes = (long)version.MemoryMegabytes << 20,
            CpuWeightMillicores = millicores,
            CpuQuotaMillicores = options.CpuQuota ? millicores : null,
            TemporaryStorageBytes = (long)version.EphemeralStorageMegabytes << 20,
            Mounts = launch.Mounts,
            Links = launch.Links,
        };
    }

    ProcessSpec Process(
        FunctionVersion version, RuntimeLaunch launch, ISandbox sandbox, EndPoint runtimeApi, EndPoint platform, EnvironmentLogContext context)
    {
        var session = services.Sessions.Issue(
            version.AccountId, version.Role, RoleSessions.SessionNameOf(version.Name), version.FunctionArn, options.MaximumAge * 2);
        var credentials = new EnvironmentCredentials(session.AccessKeyId, session.SecretAccessKey, session.SessionToken);
        var variables = EnvironmentVariables.Compose(
            version, launch, sandbox, credentials, runtimeApi.ToString()!, $"http://{platform}", context.Group, context.Stream);
        var command = launch.Command(sandbox);
        if (launch.Wrapper == ExecWrapper.AppliedByPlatform && variables.TryGetValue("AWS_LAMBDA_EXEC_WRAPPER", out var wrapper) && wrapper.Length > 0)
            command = ["/bin/sh", "-c", WrapperScript, "bootstrap", wrapper, .. command];
        return new ProcessSpec
        {
            Path = command[0],
            Arguments = command,
            Environment = variables,
            WorkingDirectory = sandbox.PathInside("/var/task"),
        };
    }

    /// <summary>What AWS's bootstraps do with a wrapper that is not there (spec/runtime-api.md 8).</summary>
    const string WrapperScript =
        "w=$1; if [ ! -f \"$w\" ]; then echo \"$w: does not exist\"; exit 127; fi; "
        + "if [ ! -x \"$w\" ]; then echo \"$w: is not an executable\"; exit 126; fi; exec \"$@\"";

    EndPoint Listen(ISandbox sandbox, int port, List<SandboxListener> listening, Action<Microsoft.AspNetCore.Connections.ConnectionContext> tag)
    {
        var socket = sandbox.Listen(port);
        var endPoint = socket.LocalEndPoint!;
        listening.Add(services.Listeners.Listen(socket, tag));
        return endPoint;
    }

    static async Task AbandonAsync(ISandbox? sandbox, EnvironmentOutput? output, List<SandboxListener> listening, IDisposable lease)
    {
        if (sandbox is not null)
            await sandbox.DisposeAsync();
        foreach (var listener in listening)
            await listener.DisposeAsync();
        if (output is not null)
        {
            await output.DrainAsync(64);
            output.Dispose();
        }

        lease.Dispose();
    }
}

/// <summary>The log of an environment before and while it comes to exist; INIT and its retry share it.</summary>
sealed class EnvironmentLogContext(EnvironmentLog log, string group, string stream)
{
    public EnvironmentLog Log => log;
    public string Group => group;
    public string Stream => stream;
    public bool InitStartWritten { get; set; }
}
