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

    /// <summary>The external extensions that were started.</summary>
    public IReadOnlyList<ExtensionProcess> Extensions { get; init; } = [];

    public ISandbox Sandbox => Stem.Sandbox;
    public RuntimeSession Session => Stem.Session;

    /// <summary>Brings everything that was written so far into the log; a flood is waited for, within bounds.</summary>
    public ValueTask DrainOutputAsync() => Output.DrainAsync(MaxDrainTurns);

    public async ValueTask DisposeAsync()
    {
        await Stem.DisposeAsync();
        if (Session.Extensions is { } extensions)
            await extensions.Telemetry.DisposeAsync();
        await DrainOutputAsync();
        Output.Dispose();
        Log.Dispose();
        CodeLease.Dispose();
    }
}

/// <summary>The pipes of a sandbox on their way into the log.</summary>
sealed class EnvironmentOutput : IDisposable
{
    readonly EnvironmentLog _log;
    readonly LineSink _lines;
    readonly FrameSink _frames;
    readonly OutputReader _output;
    readonly OutputReader _telemetry;
    readonly LineSink? _asideLines;
    readonly OutputReader? _aside;

    public EnvironmentOutput(OutputPump pump, ISandbox sandbox, EnvironmentLog log, bool hasExtensions)
    {
        _log = log;
        _lines = new LineSink(log);
        _frames = new FrameSink(log);
        _output = pump.Register(sandbox.Output, _lines);
        _lines.Reader = _output;
        _telemetry = pump.Register(sandbox.Telemetry, _frames);
        _frames.Reader = _telemetry;
        if (!hasExtensions)
        {
            sandbox.AsideOutput.Dispose();
            return;
        }

        _asideLines = new LineSink(log, TelemetryTypes.Extension);
        _aside = pump.Register(sandbox.AsideOutput, _asideLines);
        _asideLines.Reader = _aside;
    }

    public async ValueTask DrainAsync(int maxTurns)
    {
        for (var turn = 0; turn < maxTurns; turn++)
        {
            var telemetry = _telemetry.Drain();
            var output = _output.Drain();
            var aside = _aside?.Drain() ?? DrainState.Ended;
            if (output is DrainState.Empty or DrainState.Ended && telemetry is DrainState.Empty or DrainState.Ended
                && aside is DrainState.Empty or DrainState.Ended)
                break;
            if (output == DrainState.Paused || telemetry == DrainState.Paused || aside == DrainState.Paused)
                await _log.WaitForRoomAsync(CancellationToken.None);
        }

        _lines.Flush();
        _asideLines?.Flush();
    }

    public void Dispose()
    {
        _output.Dispose();
        _telemetry.Dispose();
        _aside?.Dispose();
    }
}
