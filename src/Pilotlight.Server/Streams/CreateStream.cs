using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html: answers while it goes on.</summary>
static class CreateStream
{
    /// <summary>What an on-demand stream begins with.</summary>
    public const int OnDemandShards = 4;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var key = new StreamKey(request.AccountId, request.Region, input.StreamName!);
        // A request that says neither gets a stream that needs no count.
        var mode = input.StreamModeDetails?.StreamMode ?? (input.ShardCount is null ? DataStream.OnDemand : DataStream.Provisioned);
        if (mode == DataStream.OnDemand && input.ShardCount is not null)
            return StreamsErrors.InvalidArgument("ShardCount cannot be specified when StreamMode is ON_DEMAND.");
        if (mode == DataStream.Provisioned && input.ShardCount is null)
            return StreamsErrors.InvalidArgument("ShardCount must be specified when StreamMode is PROVISIONED.");
        if (mode == DataStream.Provisioned && input.WarmThroughputMiBps is not null)
            return AwsError.Validation("WarmThroughputMiBps can only be specified when StreamMode is ON_DEMAND.");
        var tags = StreamTags.Merge(key, new Dictionary<string, string>(), input.Tags);
        await services.Catalog.ChangeAsync(key, known =>
        {
            if (known is not null)
                throw StreamsErrors.StreamExists(key).AsException();
            var shards = input.ShardCount ?? OnDemandShards;
            if (mode == DataStream.Provisioned)
                services.RefuseShards(key, shards);
            var stream = new DataStream
            {
                AccountId = key.AccountId,
                Region = key.Region,
                Name = key.Name,
                Status = DataStream.Creating,
                Mode = mode,
                Created = services.Now,
                Tags = tags,
                MaxRecordKiB = input.MaxRecordSizeInKiB ?? 1024,
                WarmThroughputMiBps = input.WarmThroughputMiBps,
            };
            return Resharding.WithShards(stream, shards, services.Now);
        });
        await services.Activator.SettleAsync(key);
        return AwsResult.EmptyObject;
    }
}
