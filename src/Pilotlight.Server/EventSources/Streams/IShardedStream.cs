using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>Where the streams of mappings are: on this platform, or in AWS or something like it.</summary>
public interface IShardedStreams
{
    /// <summary>Null when there is no such stream. <see cref="SourceUnavailableException"/> when it cannot be asked for.</summary>
    Task<IShardedStream?> OpenAsync(string arn, CancellationToken cancellation);
}

/// <summary>A stream as a poller needs it. Every operation throws <see cref="SourceUnavailableException"/> when the stream is gone or refuses.</summary>
public interface IShardedStream
{
    /// <summary>Of the stream itself, also when a mapping names one of its consumers.</summary>
    string Arn { get; }

    /// <summary>Records that are older are gone.</summary>
    TimeSpan Retention { get; }

    /// <summary>Between two looks at the shards. New ones come from others, whose end is noticed at once.</summary>
    TimeSpan ShardRefresh { get; }

    /// <summary>Those whose records may not have expired.</summary>
    Task<IReadOnlyList<SourceShard>> ListShardsAsync(CancellationToken cancellation);

    Task<IShardCursor> OpenAsync(string shardId, ShardStart start, CancellationToken cancellation);
}

public sealed record SourceShard(string Id, IReadOnlyList<string> Parents);

/// <summary>Where reading a shard begins.</summary>
public abstract record ShardStart
{
    ShardStart()
    {
    }

    public sealed record Beginning : ShardStart;

    public sealed record After(string SequenceNumber) : ShardStart;

    public sealed record At(DateTimeOffset Time) : ShardStart;
}

/// <summary>Reads on in one shard.</summary>
public interface IShardCursor
{
    /// <summary>The next records; when there is none yet it waits a second at most for the first.</summary>
    Task<ShardRead> ReadAsync(int max, CancellationToken cancellation);
}

/// <param name="IsAtEnd">The shard is closed, and nothing comes any more.</param>
/// <param name="IsCaughtUp">There was nothing more to read.</param>
public sealed record ShardRead(IReadOnlyList<SourceRecord> Records, bool IsAtEnd, bool IsCaughtUp);

/// <summary>One record of a stream.</summary>
/// <param name="OrderKey">Records of equal keys are processed in their order.</param>
public abstract record SourceRecord(string SequenceNumber, string OrderKey, DateTimeOffset Arrived)
{
    /// <summary>As the function sees it, at most.</summary>
    public abstract int EventBytes { get; }

    public abstract void Write(Utf8JsonWriter json, in RecordSurroundings surroundings);

    public abstract bool Passes(RecordFilter filter);
}

/// <summary>What every record of a shard has around it.</summary>
public readonly record struct RecordSurroundings(string ShardId, string StreamArn, string Region, string RoleArn);
