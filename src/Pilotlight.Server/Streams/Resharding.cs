namespace Pilotlight.Streams;

/// <summary>What shards are to become; done when the stream stops UPDATING.</summary>
/// <param name="Split">The shard to split, with <paramref name="At"/>.</param>
/// <param name="At">The first hash key of the upper half.</param>
/// <param name="Merge">The lower of two shards to merge, with <paramref name="With"/>.</param>
/// <param name="Count">The number of equal shards to have.</param>
public sealed record Resharding(int? Split = null, UInt128? At = null, int? Merge = null, int? With = null, int? Count = null)
{
    public DataStream Apply(DataStream stream, DateTimeOffset now)
    {
        if (Split is { } split && At is { } at)
            return SplitShard(stream, split, at, now);
        if (Merge is { } lower && With is { } upper)
            return MergeShards(stream, lower, upper, now);
        return Count is { } count ? ToEqual(stream, count, now) : stream;
    }

    /// <summary>Shards of equal ranges, for a new stream.</summary>
    public static DataStream WithShards(DataStream stream, int count, DateTimeOffset now) => stream with
    {
        NextShard = count,
        Shards =
        [
            .. Enumerable.Range(0, count).Select(index => new Shard
            {
                Index = index,
                FirstHash = FirstHash(index, count),
                LastHash = LastHash(index, count),
                CreatedSeconds = now.ToUnixTimeSeconds(),
            }),
        ],
    };

    /// <summary>As AWS scales: shards are split at the new boundaries, and what lies between two boundaries is merged.</summary>
    static DataStream ToEqual(DataStream stream, int count, DateTimeOffset now)
    {
        for (var index = 1; index < count; index++)
        {
            var boundary = FirstHash(index, count);
            if (stream.ShardOf(boundary) is { } shard && shard.FirstHash != boundary)
                stream = SplitShard(stream, shard.Index, boundary, now);
        }

        for (var index = 0; index < count; index++)
        {
            var (first, last) = (FirstHash(index, count), LastHash(index, count));
            while (stream.ShardOf(first) is { } lower && lower.LastHash < last && stream.ShardOf(lower.LastHash + 1) is { } upper)
                stream = MergeShards(stream, lower.Index, upper.Index, now);
        }

        return stream;
    }

    static DataStream SplitShard(DataStream stream, int index, UInt128 at, DateTimeOffset now)
    {
        var parent = stream.FindShard(index)!;
        return Replace(
            stream, now, [parent],
            Child(parent.FirstHash, at - 1, parent.Index, null), Child(at, parent.LastHash, parent.Index, null));
    }

    static DataStream MergeShards(DataStream stream, int lowerIndex, int upperIndex, DateTimeOffset now)
    {
        var (lower, upper) = (stream.FindShard(lowerIndex)!, stream.FindShard(upperIndex)!);
        return Replace(stream, now, [lower, upper], Child(lower.FirstHash, upper.LastHash, lower.Index, upper.Index));
    }

    static Shard Child(UInt128 first, UInt128 last, int parent, int? adjacent) => new()
    {
        Index = 0,
        FirstHash = first,
        LastHash = last,
        Parent = parent,
        AdjacentParent = adjacent,
        CreatedSeconds = 0,
    };

    static DataStream Replace(DataStream stream, DateTimeOffset now, Shard[] closed, params ReadOnlySpan<Shard> opened)
    {
        var shards = stream.Shards.Select(shard => closed.Contains(shard) ? shard with { Closed = now } : shard).ToList();
        var next = stream.NextShard;
        // A shard's numbers begin with the second it was made in; AWS dates children a second after their parents' end.
        foreach (var shard in opened)
            shards.Add(shard with { Index = next++, CreatedSeconds = now.ToUnixTimeSeconds() + 1 });
        return stream with { Shards = shards, NextShard = next };
    }

    static UInt128 FirstHash(int index, int count) => UInt128.MaxValue / (UInt128)count * (UInt128)index;

    static UInt128 LastHash(int index, int count) => index == count - 1 ? UInt128.MaxValue : FirstHash(index + 1, count) - 1;
}
