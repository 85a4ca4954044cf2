namespace Pilotlight.Topics;

/// <summary>Section <c>Topics</c>.</summary>
public sealed class TopicsOptions
{
    /// <summary>What a second of AWS's delivery policies takes here. Tests shorten it.</summary>
    public TimeSpan RetryBaseDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an http(s) endpoint may take to answer.</summary>
    public TimeSpan EndpointTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Deliveries at once to one function or queue.</summary>
    public int ConcurrentDeliveries { get; set; } = 64;

    /// <summary>Deliveries at once to one http(s) endpoint.</summary>
    public int ConcurrentRequests { get; set; } = 16;

    /// <summary>
    /// Which http(s) endpoints messages may be sent to: <c>any</c>; <c>public</c>, none of this machine or of private networks; <c>auto</c>,
    /// any while the platform is bound to loopback, else public.
    /// </summary>
    public string Endpoints { get; set; } = "auto";

    /// <summary>Bytes of undelivered messages that stay in memory; what is beyond is read from disk when its turn comes.</summary>
    public long MemoryBytes { get; set; } = 64 * 1024 * 1024;
}
