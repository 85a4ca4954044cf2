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
    StemParts parts, OutputPump pump, LogIngest logs, RoleSessions sessions, StemPool stems, EnvironmentRoles roles, ColdStartMeter meter)
{
    public StemParts Parts => parts;
    public OutputPump Pump => pump;
    public LogIngest Logs => logs;
    public RoleSessions Sessions => sessions;
    public StemPool Stems => stems;
    public EnvironmentRoles Roles => roles;
    public ColdStartMeter Meter => meter;
}

/// <summary>Makes execution environments: sandbox, listeners, runtime, INIT.</summary>
sealed partial class EnvironmentStarter(
    EnvironmentServices services, PackageStore packages, RuntimeLauncher launcher, EnvironmentsOptions options, TimeProvider time,
    ILogger<EnvironmentStarter> log)
{
    readonly StartTurns _turns = new(options, time);

    /// <summary>AWS asks again whether it may wear the role before every cold start.</summary>
    /// <exception cref="AwsException">It may not any more.</exception>
    public void RefuseLostRole(FunctionVersion version) => services.Roles.RefuseLostRole(version);

    /// <summary>A name for a log stream, as AWS makes them: one an environment. Lines of a function whose role may not write them are dropped.</summary>
    public EnvironmentLogContext OpenLog(FunctionVersion version, InitializationType initialization)
    {
        var day = time.GetUtcNow().ToString("yyyy/MM/dd", System.Globalization.CultureInfo.InvariantCulture);
        var id = Guid.NewGuid().ToString("n");
        var group = version.Logging.Group ?? $"/aws/lambda/{version.Name}";
        var stream = version.Logging.Group is null || version.Logging.Group == $"/aws/lambda/{version.Name}"
            ? $"{day}/[{version.Version}]{id}"
            : $"{day}/{version.Name}[{version.Version}]{id}";
        var level = version.Logging.Format == "JSON" ? FunctionLogLevel.Of(version.Logging.ApplicationLevel ?? "INFO") : FunctionLogLevel.All;
        var writer = services.Logs.Open(version.AccountId, version.Region, group, stream, services.Roles.MayWriteLogs(version, group, stream));
        var log = new EnvironmentLog(writer, time, level);
        return new EnvironmentLogContext(log, group, stream, initialization);
    }

    /// <summary>What a start needs: as many run at once as the processors bear, and functions take turns.</summary>
    public Task<StartTurn> TakeTurnAsync(FunctionVersion version, CancellationToken cancellation) => _turns.TakeAsync(version.FunctionArn, cancellation);

    /// <summary>
    /// Starts an environment and waits for its INIT, at most <paramref name="limit"/>. A failed INIT is an outcome; a sandbox that
    /// cannot be made is a <see cref="SandboxException"/>.
    /// </summary>
    public async Task<StartOutcome> StartAsync(
        StartTurn turn, FunctionVersion version, EnvironmentLogContext context, TimeSpan limit, CancellationToken cancellation)
    {
        using var _ = turn;
        if (version.NotRunnable is { } what)
            throw FunctionErrors.NotRunnable(what).AsException();
        var clock = new ColdStartClock(services.Meter, time, turn.Waited);
        using var coldStart = services.Stems.BeginColdStart();
        var lease = packages.Use(version);
        Stem? stem = null;
        EnvironmentOutput? output = null;
        try
        {
            var folders = new FunctionFolders(packages.FolderOf(version), packages.LayersFolderOf(version));
            var launch = launcher.Of(version, folders);
            var programs = ExtensionPrograms.NamesIn(folders);
            stem = await TakeStemAsync(version, launch, clock);
            if (stem is null)
            {
                stem = await Stem.MakeAsync(services.Parts, Specify(version, launch));
                clock.End("sandbox");
            }

            output = new EnvironmentOutput(services.Pump, stem.Sandbox, context.Log, programs.Count > 0);
            stem.OpenPlatform(new SandboxOrigin(version.FunctionArn));
            var lines = new PlatformLines(context.Log, version, launch.RuntimeVersion, time, context.Initialization);
            AllowExtensions(stem, version, context, lines);
            if (programs.Count > 0)
                stem.Session.OpenExtensions();
            if (!context.InitStartWritten)
                lines.InitStart();
            context.InitStartWritten = true;
            var init = new Initialization(version, launch, stem, context, lines, time);
            turn.BeginInit();
            var failure = await InitializeAsync(init, programs, clock, limit, cancellation);
            clock.End("init");
            var duration = time.GetElapsedTime(init.Started);
            // What INIT printed stands before START.
            await output.DrainAsync(64);
            if (failure is null)
            {
                var parts = new EnvironmentParts
                {
                    Version = version,
                    Stem = stem,
                    Process = init.Runtime!,
                    Log = context.Log,
                    Lines = lines,
                    Output = output,
                    CodeLease = lease,
                    Initialization = context.Initialization,
                    Extensions = init.Extensions,
                };
                clock.Complete(version.Runtime);
                // Those that are made ahead are reported by whoever asked for them.
                if (context.Initialization == InitializationType.OnDemand)
                    lines.InitReport(duration, context.Phase, "success", null);
                return new StartOutcome.Started(
                    new ExecutionEnvironment(parts, time) { StartCost = duration + TimeSpan.FromMilliseconds(10) }, duration);
            }

            await EndExtensionsAsync(init, failure);
            await AbandonAsync(stem, output, lease);
            return failure;
        }
        catch
        {
            await AbandonAsync(stem, output, lease);
            throw;
        }
    }

    /// <summary>One that was made ahead, given this function's limits, code and layers; null when there is none.</summary>
    async ValueTask<Stem?> TakeStemAsync(FunctionVersion version, RuntimeLaunch launch, ColdStartClock clock)
    {
        if (services.Stems.TryTake(StemShape.Of(version, launch)) is not { } stem)
            return null;
        clock.End("sandbox");
        var whole = Specify(version, launch);
        try
        {
            stem.Sandbox.Assign(new SandboxAssignment
            {
                MemoryBytes = whole.MemoryBytes,
                CpuWeightMillicores = whole.CpuWeightMillicores,
                CpuQuotaMillicores = whole.CpuQuotaMillicores,
                Mounts = StemShape.MountsOfFunction(launch),
            });
            clock.Prepared = stem.Runtime is null ? "sandbox" : "runtime";
            clock.End("assign");
            return stem;
        }
        catch (SandboxException unusable)
        {
            StemUnusable(unusable.Message);
            await stem.DiscardAsync();
            return null;
        }
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

    Dictionary<string, string> Variables(FunctionVersion version, RuntimeLaunch launch, Stem stem, EnvironmentLogContext context)
    {
        var session = services.Sessions.Issue(
            version.AccountId, version.Role, RoleSessions.SessionNameOf(version.Name), version.FunctionArn, options.MaximumAge * 2);
        var credentials = new EnvironmentCredentials(session.AccessKeyId, session.SecretAccessKey, session.SessionToken);
        return EnvironmentVariables.Compose(
            version, launch, stem.Sandbox, credentials, stem.RuntimeApi.ToString()!, $"http://{stem.Platform}", context);
    }

    static ProcessSpec Process(RuntimeLaunch launch, ISandbox sandbox, Dictionary<string, string> variables)
    {
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

    static async Task AbandonAsync(Stem? stem, EnvironmentOutput? output, IDisposable lease)
    {
        if (stem?.Session.Extensions is { } extensions)
            await extensions.Telemetry.DisposeAsync();
        if (stem is not null && output is not null)
            await stem.DisposeAsync();
        else if (stem is not null)
            await stem.DiscardAsync();
        if (output is not null)
        {
            await output.DrainAsync(64);
            output.Dispose();
        }

        lease.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A stem could not be given to its function, and the cold start goes on without: {Reason}")]
    partial void StemUnusable(string reason);
}

/// <summary>The log of an environment before and while it comes to exist; INIT and its retry share it.</summary>
sealed class EnvironmentLogContext(EnvironmentLog log, string group, string stream, InitializationType initialization)
{
    public InitializationType Initialization => initialization;
    public EnvironmentLog Log => log;
    public string Group => group;
    public string Stream => stream;
    public bool InitStartWritten { get; set; }

    /// <summary>AWS's word for when INIT runs: <c>init</c>, or <c>invoke</c> when it is run again inside an invocation.</summary>
    public string Phase { get; set; } = "init";
}
