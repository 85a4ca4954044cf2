using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Pilotlight.Api;

/// <summary>
/// How often durations were how long, for <c>/_pilotlight/metrics</c> and for OpenTelemetry. Labels must have few values: never a name that
/// callers choose.
/// </summary>
/// <param name="name">Without the prefix <c>pilotlight_</c>; ends in <c>_seconds</c>.</param>
/// <param name="convention">The name that OpenTelemetry's conventions have for it.</param>
public sealed class DurationHistogram(Meter meter, string name, string convention, string help, params string[] labels)
{
    public const string MeterName = "Pilotlight";

    /// <summary>Upper bounds in seconds; one bucket more takes what is longer.</summary>
    public static IReadOnlyList<double> Bounds => s_bounds;

    static readonly double[] s_bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

    readonly ConcurrentDictionary<(string, string, string), Series> _series = new();
    readonly Histogram<double> _instrument = meter.CreateHistogram(
        convention, "s", help, tags: null, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_bounds });

    public string Name => name;

    public string Help => help;

    /// <summary>Values in the order of the labels; as many as there are labels, three at most.</summary>
    public void Record(TimeSpan duration, string first, string second = "", string third = "")
    {
        var seconds = duration.TotalSeconds;
        _series.GetOrAdd((first, second, third), static (values, labels) => new Series(labels, [values.Item1, values.Item2, values.Item3]), labels).Add(duration);
        if (!_instrument.Enabled)
            return;
        var tags = new System.Diagnostics.TagList { { labels[0], first } };
        if (labels.Length > 1)
            tags.Add(labels[1], second);
        if (labels.Length > 2)
            tags.Add(labels[2], third);
        _instrument.Record(seconds, tags);
    }

    public IReadOnlyList<Reading> Read() => [.. _series.Values.Select(static series => series.Read()).OrderBy(static reading => reading.Labels, StringComparer.Ordinal)];

    /// <summary>Counts are those of each bucket alone.</summary>
    public sealed record Reading(string Labels, IReadOnlyList<long> Counts, double SumSeconds);

    sealed class Series(string[] labels, string[] values)
    {
        readonly long[] _counts = new long[s_bounds.Length + 1];
        long _ticks;

        public void Add(TimeSpan duration)
        {
            var bucket = 0;
            while (bucket < s_bounds.Length && duration.TotalSeconds > s_bounds[bucket])
                bucket++;
            Interlocked.Increment(ref _counts[bucket]);
            Interlocked.Add(ref _ticks, duration.Ticks);
        }

        public Reading Read()
        {
            var counts = new long[_counts.Length];
            for (var i = 0; i < counts.Length; i++)
                counts[i] = Volatile.Read(ref _counts[i]);
            return new Reading(
                string.Join(',', labels.Zip(values, static (label, value) => $"{label}=\"{value}\"")), counts,
                TimeSpan.FromTicks(Volatile.Read(ref _ticks)).TotalSeconds);
        }
    }
}
