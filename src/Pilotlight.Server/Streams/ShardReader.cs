using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>What was read of a shard.</summary>
/// <param name="Next">Where to read on; null when the shard is closed and was read to its end.</param>
/// <param name="Behind">How old what comes next is at most.</param>
sealed record ShardPage(DataStream Stream, Shard Shard, IReadOnlyList<StreamRecord> Records, long? Next, TimeSpan Behind);

/// <summary>Reads records of a shard for iterators, subscriptions, and the pollers of mappings.</summary>
public sealed class ShardReader(StreamCatalog catalog, RecordLog log, TimeProvider time)
{
    /// <summary>Null when the stream, or the shard in it, is gone.</summary>
    internal async Task<ShardPage?> ReadAsync(StreamKey key, int index, long from, int maxRecords, long maxBytes)
    {
        if (catalog.Find(key) is not { } stream || stream.FindShard(index) is not { } shard)
            return null;
        if (shard.IsClosed)
        {
            // That it is closed is seen a moment before its last records are.
            await log.SettleWritesAsync();
        }

        var (records, hasMore) = log.Read(stream, index, from, maxRecords, maxBytes);
        var isAtEnd = shard.IsClosed && records.Count == 0;
        var behind = hasMore && records.Count > 0 ? time.GetUtcNow() - records[^1].Arrived : TimeSpan.Zero;
        return new ShardPage(
            stream, shard, records, isAtEnd ? null : records.Count > 0 ? records[^1].Position + 1 : from, behind < TimeSpan.Zero ? TimeSpan.Zero : behind);
    }

    /// <summary>The position that a kind of iterator begins at.</summary>
    /// <exception cref="AwsException">The kind lacks what it needs, or has what it must not have.</exception>
    internal long StartOf(DataStream stream, Shard shard, string type, string? sequenceNumber, DateTimeOffset? timestamp)
    {
        if (type == "AT_TIMESTAMP")
        {
            if (timestamp is not { } at)
                throw StreamsErrors.InvalidArgument(
                    "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.").AsException();
            var now = time.GetUtcNow();
            if (at > now)
                throw StreamsErrors.InvalidArgument(
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                    + $"timestampInMillis: {at.ToUnixTimeMilliseconds()}, currentTimestampInMillis: {now.ToUnixTimeMilliseconds()}").AsException();
            return Math.Max(0, RecordLog.Microseconds(at));
        }

        var isAtNumber = type is "AT_SEQUENCE_NUMBER" or "AFTER_SEQUENCE_NUMBER";
        if (isAtNumber != sequenceNumber is not null)
            throw StreamsErrors.InvalidArgument(
                "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no "
                + $"StartingSequenceNumber. Request specified {type} and {(isAtNumber ? "no" : "also a")} StartingSequenceNumber.").AsException();
        return type switch
        {
            "TRIM_HORIZON" => 0,
            "LATEST" => log.EndOf(stream, shard.Index),
            "AT_SEQUENCE_NUMBER" => PositionOf(stream, shard, sequenceNumber!),
            _ => PositionOf(stream, shard, sequenceNumber!) is < long.MaxValue and var position ? position + 1 : long.MaxValue,
        };
    }

    static long PositionOf(DataStream stream, Shard shard, string text)
    {
        if (SequenceNumber.TryParse(text) is not { } number)
            throw Invalid(".");
        if (number.Shard != shard.Index)
            throw StreamsErrors.InvalidArgument(
                $"Invalid StartingSequenceNumber. It encodes {Shard.IdOf(number.Shard)}, while it was used in a call to a shard with {shard.Id}").AsException();
        return number.ShardCreatedSeconds == shard.CreatedSeconds ? number.Position : throw Invalid(" because it did not come from this stream.");

        AwsException Invalid(string why) => StreamsErrors.InvalidArgument(
            $"StartingSequenceNumber {text} used in GetShardIterator on shard {shard.Id} in stream {stream.Name} under account {stream.AccountId} is invalid{why}")
            .AsException();
    }
}
