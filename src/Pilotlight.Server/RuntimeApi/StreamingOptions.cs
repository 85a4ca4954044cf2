namespace Pilotlight.RuntimeApi;

/// <summary>Section <c>Streaming</c>: AWS's quotas for streamed answers (spec/runtime-api.md 2.6).</summary>
public sealed class StreamingOptions
{
    /// <summary>The largest streamed answer.</summary>
    public long MaxBytes { get; set; } = 200 * 1024 * 1024;

    /// <summary>What leaves as fast as the client takes it, before the bandwidth counts.</summary>
    public long BurstBytes { get; set; } = 6 * 1024 * 1024;

    /// <summary>The bandwidth after the burst; 0 for no limit.</summary>
    public long BytesPerSecond { get; set; } = 2 * 1024 * 1024;
}
