using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html: answers while it goes on.</summary>
static class MergeShards
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        await services.UpdateAsync(StreamServices.KeyOf(request), stream =>
        {
            var one = SplitShard.OpenShard(stream, input.ShardToMerge!);
            var other = SplitShard.OpenShard(stream, input.AdjacentShardToMerge!);
            var (lower, upper) = one.FirstHash <= other.FirstHash ? (one, other) : (other, one);
            if (lower.LastHash == UInt128.MaxValue || lower.LastHash + 1 != upper.FirstHash)
                throw StreamsErrors.InvalidArgument(
                    $"Shards {one.Id} and {other.Id} in stream {stream.Name} under account {stream.AccountId} are not an adjacent pair of shards eligible for merging")
                    .AsException();
            return stream with { Status = DataStream.Updating, Pending = new Resharding(Merge: lower.Index, With: upper.Index) };
        });
        return AwsResult.EmptyObject;
    }
}
