using Pilotlight.Functions;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>One INIT while it runs: what it works on, and what it has started so far.</summary>
sealed class Initialization(
    FunctionVersion version, RuntimeLaunch launch, Stem stem, EnvironmentLogContext context, PlatformLines lines, TimeProvider time)
{
    public FunctionVersion Version => version;
    public RuntimeLaunch Launch => launch;
    public Stem Stem => stem;
    public EnvironmentLogContext Context => context;
    public PlatformLines Lines => lines;

    /// <summary>Timestamp of the time provider.</summary>
    public long Started { get; } = time.GetTimestamp();

    public TimeSpan Elapsed => time.GetElapsedTime(Started);

    public List<ExtensionProcess> Extensions { get; } = [];

    /// <summary>Null until it was started, or told what it is for.</summary>
    public SandboxProcess? Runtime { get; set; }

    public StartOutcome.Failed Fail(Func<string, InvocationOutcome> outcome, string status, string errorType) => new(outcome, Elapsed, status, errorType);
}
