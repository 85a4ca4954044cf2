using System.Collections.Concurrent;
using Pilotlight.Api;

namespace Pilotlight.EventSources;

/// <summary>Counts for <c>/_pilotlight/metrics</c>, by mapping.</summary>
public sealed class MappingMeter : IMetricSource
{
    readonly ConcurrentDictionary<string, MappingCounts> _counts = new(StringComparer.Ordinal);

    public MappingCounts Of(string mappingId) => _counts.GetOrAdd(mappingId, static _ => new MappingCounts());

    public void Forget(string mappingId) => _counts.TryRemove(mappingId, out _);

    public IEnumerable<Metric> Read()
    {
        foreach (var (id, counts) in _counts)
        {
            var labels = $"mapping=\"{id}\"";
            yield return new Metric("event_source_batches_total", "Batches that a function was invoked with.", counts.Batches, labels);
            yield return new Metric("event_source_failed_batches_total", "Those of them that ended in an error.", counts.Failures, labels);
            yield return new Metric("event_source_throttles_total", "Attempts to invoke with a batch that were throttled.", counts.Throttles, labels);
            yield return new Metric("event_source_filtered_records_total", "Records that no filter let through.", counts.Filtered, labels);
            yield return new Metric("event_source_concurrency", "Batches that may be in flight at once.", counts.Concurrency, labels);
        }
    }
}

public sealed class MappingCounts
{
    long _batches;
    long _failures;
    long _throttles;
    long _filtered;
    int _concurrency;

    public long Batches => Volatile.Read(ref _batches);

    public long Failures => Volatile.Read(ref _failures);

    public long Throttles => Volatile.Read(ref _throttles);

    public long Filtered => Volatile.Read(ref _filtered);

    public int Concurrency
    {
        get => Volatile.Read(ref _concurrency);
        set => Volatile.Write(ref _concurrency, value);
    }

    public void CountFiltered(int records) => Interlocked.Add(ref _filtered, records);

    public void Count(BatchEnd end)
    {
        if (end == BatchEnd.Throttled)
        {
            Interlocked.Increment(ref _throttles);
            return;
        }

        Interlocked.Increment(ref _batches);
        if (end != BatchEnd.Succeeded)
            Interlocked.Increment(ref _failures);
    }
}
