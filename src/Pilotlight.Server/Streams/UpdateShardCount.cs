using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html: answers while it goes on.</summary>
static class UpdateShardCount
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var key = StreamServices.KeyOf(request);
        var target = input.TargetShardCount!.Value;
        var current = 0;
        await services.UpdateAsync(key, stream =>
        {
            if (stream.Mode == DataStream.OnDemand)
                throw StreamsErrors.InvalidArgument(
                    $"Request is invalid. Stream {key.Name} under account {key.AccountId} is in On-Demand mode.").AsException();
            current = stream.OpenShards.Count();
            var counts = $"Current open shard count: {current}, Target shard count: {target}";
            if (target > services.Options.ShardLimit)
                throw StreamsErrors.LimitExceeded(
                    $"Target shard count or number of open shards cannot be greater than {services.Options.ShardLimit}. {counts}").AsException();
            if (target > current * 2)
                throw StreamsErrors.LimitExceeded($"UpdateShardCount cannot scale up over double your current open shard count. {counts}").AsException();
            if (target < current / 2.0)
                throw StreamsErrors.LimitExceeded($"UpdateShardCount cannot scale down below half your current open shard count. {counts}").AsException();
            services.RefuseShards(key, target - current);
            return stream with { Status = DataStream.Updating, Pending = new Resharding(Count: target) };
        });
        return AwsResult.Json(new UpdateShardCountOutput(key.Name, current, target, key.Arn), StreamsJson.Wire.UpdateShardCountOutput);
    }
}
