using Pilotlight.Functions;
using Pilotlight.RuntimeApi;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>What an environment is made of, and the order in which it is taken apart.</summary>
sealed class EnvironmentParts : IAsyncDisposable
{
    const int MaxDrainTurns = 64;

    public required FunctionVersion Version { get; init; }
    public required Stem Stem { get; init; }
    public required SandboxProcess Process { get; init; }
    public required EnvironmentLog Log { get; init; }
    public required PlatformLines Lines { get; init; }
    public required EnvironmentOutput Output { get; init; }
    public required IDisposable CodeLease { get; init; }
    public InitializationType Initialization { get; init; }

    public ISandbox Sandbox => Stem.Sandbox;
    public RuntimeSession Session => Stem.Session;

    /// <summary>Brings everything that was written so far into the log; a flood is waited for, within bounds.</summary>
    public ValueTask DrainOutputAsync() => Output.DrainAsync(MaxDrainTurns);

    public async ValueTask DisposeAsync()
    {
        await Stem.DisposeAsync();
        await DrainOutputAsync();
        Output.Dispose();
        Log.Dispose();
        CodeLease.Dispose();
    }
}

/// <summary>The two pipes of a sandbox on their way into the log.</summary>
sealed class EnvironmentOutput : IDisposable
{
    readonly EnvironmentLog _log;
    readonly LineSink _lines;
    readonly FrameSink _frames;
    readonly OutputReader _output;
    readonly OutputReader _telemetry;

    public EnvironmentOutput(OutputPump pump, ISandbox sandbox, EnvironmentLog log)
    {
        _log = log;
        _lines = new LineSink(log);
        _frames = new FrameSink(log);
        _output = pump.Register(sandbox.Output, _lines);
        _lines.Reader = _output;
        _telemetry = pump.Register(sandbox.Telemetry, _frames);
        _frames.Reader = _telemetry;
    }

    public async ValueTask DrainAsync(int maxTurns)
    {
        for (var turn = 0; turn < maxTurns; turn++)
        {
            var telemetry = _telemetry.Drain();
            var output = _output.Drain();
            if (output is DrainState.Empty or DrainState.Ended && telemetry is DrainState.Empty or DrainState.Ended)
                break;
            if (output == DrainState.Paused || telemetry == DrainState.Paused)
                await _log.WaitForRoomAsync(CancellationToken.None);
        }

        _lines.Flush();
    }

    public void Dispose()
    {
        _output.Dispose();
        _telemetry.Dispose();
    }
}
