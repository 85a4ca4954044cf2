using System.Diagnostics.Metrics;
using Pilotlight.Api;

namespace Pilotlight.Environments;

/// <summary>What cold starts are made of, by the runtime of the function and by what had been made ahead of need.</summary>
public sealed class ColdStartMeter(Meter meter)
{
    public DurationHistogram Phases { get; } = new(
        meter, "cold_start_phase_seconds", "pilotlight.cold_start.phase.duration", "Phases of cold starts.", "phase", "runtime", "prepared");

    public DurationHistogram Whole { get; } = new(
        meter, "cold_start_seconds", "faas.init_duration", "Cold starts, from the request's turn to the end of INIT.", "runtime", "prepared");

    /// <summary>The invocation that waited for the cold start: code that runs for the first time.</summary>
    public void RecordFirstInvocation(string runtime, TimeSpan duration) => Phases.Record(duration, "first_invoke", runtime, "");
}

/// <summary>Measures one cold start, phase by phase; it counts when it is complete.</summary>
sealed class ColdStartClock(ColdStartMeter meter, TimeProvider time, TimeSpan waited)
{
    readonly List<(string Phase, TimeSpan Duration)> _phases = [("wait", waited)];
    readonly long _begun = time.GetTimestamp();
    long _last = time.GetTimestamp();

    /// <summary>What had been made ahead: <c>runtime</c>, <c>sandbox</c> or <c>nothing</c>.</summary>
    public string Prepared { get; set; } = "nothing";

    /// <summary>The phase that ends now.</summary>
    public void End(string phase)
    {
        var now = time.GetTimestamp();
        _phases.Add((phase, time.GetElapsedTime(_last, now)));
        _last = now;
    }

    public void Complete(string runtime)
    {
        foreach (var (phase, duration) in _phases)
            meter.Phases.Record(duration, phase, runtime, Prepared);
        meter.Whole.Record(time.GetElapsedTime(_begun), runtime, Prepared);
    }
}
