namespace Pilotlight.Streams;

/// <summary>Section <c>Streams</c>.</summary>
public sealed class StreamsOptions
{
    /// <summary>Shards of provisioned streams take 1,000 records and 1 MiB a second, as on AWS; false takes what comes.</summary>
    public bool EnforceThroughput { get; set; } = true;

    /// <summary>Open shards of provisioned streams that an account may have in one region.</summary>
    public int ShardLimit { get; set; } = 500;

    /// <summary>How long a stream is CREATING, UPDATING or DELETING, and a consumer CREATING or DELETING.</summary>
    public TimeSpan TransitionTime { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>When what is older than the retention period is looked for.</summary>
    public TimeSpan TrimInterval { get; set; } = TimeSpan.FromMinutes(1);
}
