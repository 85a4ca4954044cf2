using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>A process of an extension, started by the platform.</summary>
sealed record ExtensionProcess(Extension Extension, SandboxProcess Process);

/// <summary>
/// AWS's SHUTDOWN phase (spec/runtime-api.md 3 and 7): the runtime is told to end, then the extensions, within the budget; whatever is
/// left is killed with its sandbox by whoever called. Environments without extensions have no such phase.
/// </summary>
static class EnvironmentShutdown
{
    const int Terminate = 15;
    const int Kill = 9;

    static readonly TimeSpan s_withExternal = TimeSpan.FromSeconds(2);
    static readonly TimeSpan s_withInternalOnly = TimeSpan.FromMilliseconds(500);

    /// <summary>Where an environment is ended in the middle of an invocation, because the platform stops and has little time itself.</summary>
    public static readonly TimeSpan InHaste = TimeSpan.FromSeconds(1);

    /// <summary>Telemetry that still waits has this long to be taken before the extensions are told to end.</summary>
    static readonly TimeSpan s_lastTelemetry = TimeSpan.FromMilliseconds(200);

    /// <summary>The runtime's part of the budget where there are external extensions.</summary>
    const double RuntimeShare = 0.3;

    /// <param name="runtime">Null when it was never started.</param>
    /// <param name="most">Less than AWS's budget, or null.</param>
    public static async Task RunAsync(
        ExtensionSet extensions, SandboxProcess? runtime, IReadOnlyList<ExtensionProcess> processes, ShutdownReason reason, TimeProvider time,
        TimeSpan? most = null)
    {
        extensions.BeginShutdown();
        if (extensions.Snapshot().Count == 0)
            return;
        var budget = processes.Count > 0 ? s_withExternal : s_withInternalOnly;
        if (most < budget)
            budget = most.Value;
        var started = time.GetTimestamp();
        var deadline = time.GetUtcNow() + budget;
        if (runtime is not null)
            await EndRuntimeAsync(runtime, processes.Count > 0 ? budget * RuntimeShare : budget, time);
        if (processes.Count == 0)
            return;
        await extensions.Telemetry.FlushAsync(s_lastTelemetry);
        var unwilling = extensions.DeliverShutdown(reason, deadline);
        foreach (var (extension, process) in processes)
        {
            if (unwilling.Contains(extension) || extension.State is ExtensionState.Started or ExtensionState.InitError or ExtensionState.ExitError)
                process.Signal(Kill);
        }

        var left = budget - time.GetElapsedTime(started);
        if (left > TimeSpan.Zero)
            await Task.WhenAll(processes.Select(static process => (Task)process.Process.Exited))
                .WaitAsync(left, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    static async Task EndRuntimeAsync(SandboxProcess runtime, TimeSpan share, TimeProvider time)
    {
        if (runtime.Exited.IsCompleted)
            return;
        runtime.Signal(Terminate);
        await ((Task)runtime.Exited).WaitAsync(share, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!runtime.Exited.IsCompleted)
            runtime.Signal(Kill);
    }
}
