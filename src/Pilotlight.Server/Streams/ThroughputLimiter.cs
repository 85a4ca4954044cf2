using System.Collections.Concurrent;

namespace Pilotlight.Streams;

/// <summary>What a shard of a provisioned stream takes: 1,000 records and 1 MiB a second, and a second's worth at once.</summary>
public sealed class ThroughputLimiter(StreamsOptions options, TimeProvider time)
{
    const double RecordsPerSecond = 1000;
    const double BytesPerSecond = 1024 * 1024;

    readonly ConcurrentDictionary<(long Stream, int Shard), Bucket> _buckets = new();

    /// <summary>Whether the shard takes one more record of so many bytes now.</summary>
    internal bool TryTake(DataStream stream, Shard shard, int bytes) =>
        !options.EnforceThroughput || stream.Mode != DataStream.Provisioned
        || _buckets.GetOrAdd((stream.Id, shard.Index), static (_, time) => new Bucket(time), time).TryTake(bytes);

    internal void Forget(DataStream stream)
    {
        foreach (var key in _buckets.Keys.Where(key => key.Stream == stream.Id))
            _buckets.TryRemove(key, out _);
    }

    sealed class Bucket(TimeProvider time)
    {
        readonly Lock _gate = new();
        double _records = RecordsPerSecond;
        double _bytes = BytesPerSecond;
        long _filled = time.GetTimestamp();

        public bool TryTake(int bytes)
        {
            lock (_gate)
            {
                var now = time.GetTimestamp();
                var seconds = time.GetElapsedTime(_filled, now).TotalSeconds;
                _filled = now;
                _records = Math.Min(RecordsPerSecond, _records + seconds * RecordsPerSecond);
                _bytes = Math.Min(BytesPerSecond, _bytes + seconds * BytesPerSecond);
                // A record may be longer than a second's worth (MaxRecordSizeInKiB): the bytes it borrows are paid back before the next.
                if (_records < 1 || _bytes < Math.Min(bytes, BytesPerSecond))
                    return false;
                _records--;
                _bytes -= bytes;
                return true;
            }
        }
    }
}
