using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>Numbers of streams for <c>/_pilotlight/metrics</c>.</summary>
sealed class StreamMetrics(StreamCatalog catalog, StreamWriter writer) : IMetricSource
{
    public IEnumerable<Metric> Read()
    {
        foreach (var stream in catalog.All())
            yield return new Metric("stream_open_shards", "Open shards of a stream.", stream.OpenShards.Count(), LabelsOf(stream.Key));
        foreach (var (key, counts) in writer.Counts)
            yield return new Metric("stream_records_total", "Records put into a stream.", counts.Records, LabelsOf(key));
        foreach (var (key, counts) in writer.Counts)
            yield return new Metric("stream_bytes_total", "Bytes put into a stream, with partition keys.", counts.Bytes, LabelsOf(key));
        foreach (var (key, counts) in writer.Counts)
            yield return new Metric("stream_throttles_total", "Records refused because a shard had its throughput.", counts.Throttles, LabelsOf(key));
    }

    /// <summary>Names of streams need no escaping.</summary>
    static string LabelsOf(StreamKey key) => $"account=\"{key.AccountId}\",region=\"{key.Region}\",stream=\"{key.Name}\"";
}
