using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>How one record of a request ended: where it is, or why not.</summary>
readonly record struct Written(RecordPlace? Place, AwsError? Error)
{
    public string SequenceNumber => Streams.SequenceNumber.Of(Place!.Shard, Place.Position).ToString();
}

/// <summary>Puts records into streams: routed by the hash of their key, held to the throughput of the shard, counted.</summary>
public sealed class StreamWriter(StreamCatalog catalog, RecordLog log, ThroughputLimiter limiter)
{
    readonly ConcurrentDictionary<StreamKey, StreamCounts> _counts = new();

    internal IEnumerable<KeyValuePair<StreamKey, StreamCounts>> Counts => _counts.Where(count => catalog.Find(count.Key) is not null);

    internal Task<Written> PutAsync(DataStream stream, UInt128 hash, string partitionKey, byte[] bytes)
    {
        var size = bytes.Length + Encoding.UTF8.GetByteCount(partitionKey);
        var counts = _counts.GetOrAdd(stream.Key, static _ => new StreamCounts());
        if (stream.ShardOf(hash) is { } shard && !limiter.TryTake(stream, shard, size))
        {
            counts.CountThrottle();
            return Task.FromResult(new Written(null, StreamsErrors.RateExceeded(shard.Id, stream.Key)));
        }

        return AppendAsync();

        async Task<Written> AppendAsync()
        {
            if (await log.AppendAsync(stream.Key, hash, partitionKey, bytes) is not { } place)
                return new Written(null, StreamsErrors.NoStream(stream.Key));
            counts.Count(size);
            return new Written(place, null);
        }
    }

    internal void Clear() => _counts.Clear();

    /// <summary>The MD5 of the partition key, unless the request says which hash key.</summary>
    /// <exception cref="AwsException">The explicit key is too large.</exception>
    internal static UInt128 HashOf(string partitionKey, string? explicitHashKey)
    {
        if (explicitHashKey is not null)
            return UInt128.TryParse(explicitHashKey, NumberStyles.None, CultureInfo.InvariantCulture, out var given)
                ? given
                : throw StreamsErrors.InvalidHashKey(explicitHashKey).AsException();
        Span<byte> hash = stackalloc byte[16];
        // Kinesis' own choice; nothing is protected by it.
#pragma warning disable CA5351
        MD5.HashData(Encoding.UTF8.GetBytes(partitionKey), hash);
#pragma warning restore CA5351
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}

/// <summary>What was put into a stream since the start.</summary>
sealed class StreamCounts
{
    long _records;
    long _bytes;
    long _throttles;

    public long Records => Volatile.Read(ref _records);

    public long Bytes => Volatile.Read(ref _bytes);

    public long Throttles => Volatile.Read(ref _throttles);

    public void Count(int bytes)
    {
        Interlocked.Increment(ref _records);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void CountThrottle() => Interlocked.Increment(ref _throttles);
}
