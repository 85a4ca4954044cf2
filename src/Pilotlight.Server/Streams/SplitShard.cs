using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html: answers while it goes on.</summary>
static class SplitShard
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var key = StreamServices.KeyOf(request);
        await services.UpdateAsync(key, stream =>
        {
            var shard = OpenShard(stream, input.ShardToSplit!);
            if (stream.Mode == DataStream.Provisioned)
                services.RefuseShards(key, 1);
            if (!UInt128.TryParse(input.NewStartingHashKey, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                || at <= shard.FirstHash + 1 || at >= shard.LastHash)
                throw StreamsErrors.InvalidArgument(
                    $"NewStartingHashKey {input.NewStartingHashKey} used in SplitShard() on shard {shard.Id} in stream {key.Name} under account {key.AccountId} "
                    + $"is not both greater than one plus the shard's StartingHashKey {shard.FirstHash} and less than the shard's EndingHashKey {shard.LastHash}.")
                    .AsException();
            return stream with { Status = DataStream.Updating, Pending = new Resharding(Split: shard.Index, At: at) };
        });
        return AwsResult.EmptyObject;
    }

    /// <exception cref="AwsException">There is none of that id, or it is closed.</exception>
    public static Shard OpenShard(DataStream stream, string id)
    {
        if (Shard.IndexOf(id) is not { } index)
            throw StreamsErrors.CouldNotFindShard(id, stream.Key).AsException();
        var shard = stream.FindShard(index) ?? throw StreamsErrors.CouldNotFindShard(Shard.IdOf(index), stream.Key).AsException();
        return shard.IsClosed
            ? throw StreamsErrors.InvalidArgument(
                $"Shard {shard.Id} in stream {stream.Name} under account {stream.AccountId} has already been merged or split, and thus is not eligible "
                + "for merging or splitting.").AsException()
            : shard;
    }
}
