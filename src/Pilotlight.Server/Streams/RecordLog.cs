using System.Collections.Concurrent;

namespace Pilotlight.Streams;

/// <summary>One record as it is kept. Its position is the microsecond of its arrival, or the one after its predecessor's.</summary>
public sealed record StreamRecord(long Position, string PartitionKey, byte[] Bytes)
{
    public DateTimeOffset Arrived => DateTimeOffset.FromUnixTimeMilliseconds(Position / 1000);
}

/// <summary>Where a record was written.</summary>
sealed record RecordPlace(DataStream Stream, Shard Shard, long Position);

/// <summary>A record on its way to the disk: which shard takes it is decided when it is written.</summary>
sealed class RecordDraft(RecordLog log, StreamKey stream, UInt128 hash, string partitionKey, byte[] bytes)
{
    public string PartitionKey => partitionKey;

    public byte[] Bytes => bytes;

    /// <summary>Null when the stream was gone.</summary>
    public RecordPlace? Placed { get; private set; }

    /// <summary>On the writer's thread.</summary>
    public RecordPlace? Place() => Placed = log.Place(stream, hash);
}

/// <summary>Appends and reads records, and wakes those who wait for them.</summary>
public sealed class RecordLog(StreamStore store, StreamCatalog catalog, TimeProvider time)
{
    internal const long MicrosecondsPerSecond = 1_000_000;

    readonly ConcurrentDictionary<(long Stream, int Shard), ShardTail> _tails = new();

    /// <summary>Starts to write; records of one caller get positions in the order of these calls.</summary>
    /// <returns>Null when the stream was gone.</returns>
    internal async Task<RecordPlace?> AppendAsync(StreamKey stream, UInt128 hash, string partitionKey, byte[] bytes)
    {
        var draft = new RecordDraft(this, stream, hash, partitionKey, bytes);
        await store.AppendAsync(draft);
        if (draft.Placed is { } place)
            TailOf(place.Stream, place.Shard.Index).Wake();
        return draft.Placed;
    }

    internal RecordPlace? Place(StreamKey key, UInt128 hash)
    {
        if (catalog.Find(key) is not { IsServing: true } stream || stream.ShardOf(hash) is not { } shard)
            return null;
        return new RecordPlace(stream, shard, TailOf(stream, shard.Index).Next(Microseconds(time.GetUtcNow())));
    }

    /// <summary>From a position on, or from what has not expired; and whether there are more.</summary>
    internal (List<StreamRecord> Records, bool HasMore) Read(DataStream stream, int shard, long from, int maxRecords, long maxBytes) =>
        store.Read(stream.Id, shard, Math.Max(from, Horizon(stream)), maxRecords, maxBytes);

    /// <summary>Completes when every record that was placed before is on disk, or was not kept.</summary>
    internal Task SettleWritesAsync() => store.SettleWritesAsync();

    /// <summary>The position that the next record will have at least.</summary>
    internal long EndOf(DataStream stream, int shard) => TailOf(stream, shard).Last + 1;

    /// <summary>Completes when something was appended to a shard or happened to its stream since this was asked for.</summary>
    internal Task ChangeOf(DataStream stream, int shard) => TailOf(stream, shard).Change;

    /// <summary>Wakes all who wait for a stream: its shards are others now, or it is gone.</summary>
    internal void Wake(DataStream stream)
    {
        foreach (var (key, tail) in _tails)
        {
            if (key.Stream == stream.Id)
                tail.Wake();
        }
    }

    internal void Forget(DataStream stream)
    {
        foreach (var key in _tails.Keys.Where(key => key.Stream == stream.Id))
        {
            if (_tails.TryRemove(key, out var tail))
                tail.Wake();
        }
    }

    internal static long Microseconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Nothing before it is shown any more.</summary>
    long Horizon(DataStream stream) => Microseconds(time.GetUtcNow() - stream.Retention);

    ShardTail TailOf(DataStream stream, int shard) =>
        _tails.GetOrAdd((stream.Id, shard), static (key, store) => new ShardTail(store.LastPosition(key.Stream, key.Shard)), store);
}

/// <summary>The growing end of a shard.</summary>
sealed class ShardTail(long last)
{
    long _last = last;
    TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Last => Volatile.Read(ref _last);

    public Task Change => Volatile.Read(ref _change).Task;

    /// <summary>Only on the writer's thread.</summary>
    public long Next(long now)
    {
        var next = Math.Max(_last + 1, now);
        Volatile.Write(ref _last, next);
        return next;
    }

    public void Wake() =>
        Interlocked.Exchange(ref _change, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
