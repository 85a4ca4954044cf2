using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html</summary>
static class GetShardIterator
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services, ShardReader reader)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var key = StreamServices.KeyOf(request);
        if (Shard.IndexOf(input.ShardId!) is not { } index)
            return AwsResult.Refused(StreamsErrors.CouldNotFindShard(input.ShardId!, key));
        var stream = services.Serving(key);
        if (stream.FindShard(index) is not { } shard)
            return AwsResult.Refused(StreamsErrors.NoShard(index, key));
        var position = reader.StartOf(stream, shard, input.ShardIteratorType!, input.StartingSequenceNumber, StreamServices.TimeOf(input.Timestamp));
        return AwsResult.Json(
            new ShardIteratorOutput(new ShardIterator(key, stream.Id, index, position, services.Now).ToString()), StreamsJson.Wire.ShardIteratorOutput);
    }
}
