using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html</summary>
static class ListShards
{
    const int Usual = 1000;

    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var isNamed = input.StreamName is not null || input.StreamARN is not null;
        if (!isNamed && input.NextToken is null)
            return AwsResult.Refused(StreamsErrors.InvalidArgument("Either NextToken or StreamName should be provided."));
        if (input.StreamName is not null && input.NextToken is not null)
            return AwsResult.Refused(StreamsErrors.InvalidArgument("NextToken and StreamName cannot be provided together."));
        var (key, after) = input.NextToken is { } token ? Continued(token) : (StreamServices.KeyOf(request), input.ExclusiveStartShardId ?? "");
        var stream = services.Existing(key);
        var limit = input.MaxResults ?? Usual;
        var page = Filtered(stream, input.ShardFilter, services).Where(shard => string.CompareOrdinal(shard.Id, after) > 0).Take(limit + 1).ToList();
        var hasMore = page.Count > limit;
        if (hasMore)
            page.RemoveAt(limit);
        return AwsResult.Json(
            new ListShardsOutput([.. page.Select(ShardViews.Of)], hasMore ? PageToken.Of($"{key.Arn}#{page[^1].Id}") : null),
            StreamsJson.Wire.ListShardsOutput);
    }

    /// <summary>The stream that a token stands for, so that the right one is judged.</summary>
    public static StreamKey? KeyOf(AwsRequest request) => StreamArn.KeyOf(request) ?? (StreamArn.Text(request, "NextToken") is { } token ? Continued(token).Key : null);

    static (StreamKey Key, string After) Continued(string token) =>
        PageToken.Read(token).Split('#') is [var arn, var after] && StreamArn.TryParse(arn) is { Consumer: null } parsed
            ? (parsed.Stream, after)
            : throw StreamsErrors.InvalidToken.AsException();

    static IEnumerable<Shard> Filtered(DataStream stream, ShardFilter? filter, StreamServices services)
    {
        var shards = ShardViews.Visible(stream);
        var horizon = services.Now - stream.Retention;
        switch (filter?.Type)
        {
            case "AFTER_SHARD_ID":
                if (filter.ShardId is not { } after)
                    throw StreamsErrors.InvalidArgument("ShardId must be provided when ShardFilterType is AFTER_SHARD_ID.").AsException();
                return shards.Where(shard => string.CompareOrdinal(shard.Id, after) > 0);
            case "AT_LATEST":
                return shards.Where(static shard => !shard.IsClosed);
            case "AT_TRIM_HORIZON":
                return shards.Where(shard => WasOpenAt(shard, horizon > stream.Created ? horizon : stream.Created));
            case "AT_TIMESTAMP" or "FROM_TIMESTAMP":
                var at = StreamServices.TimeOf(filter.Timestamp)
                    ?? throw StreamsErrors.InvalidArgument($"Timestamp must be provided when ShardFilterType is {filter.Type}.").AsException();
                if (at < stream.Created)
                    at = stream.Created;
                return shards.Where(shard => WasOpenAt(shard, at) || (filter.Type == "FROM_TIMESTAMP" && OpenedAt(shard) > at));
            default:
                return shards;
        }
    }

    static bool WasOpenAt(Shard shard, DateTimeOffset time) => OpenedAt(shard) <= time && !(shard.Closed <= time);

    static DateTimeOffset OpenedAt(Shard shard) => DateTimeOffset.FromUnixTimeSeconds(shard.Parent is null ? shard.CreatedSeconds : shard.CreatedSeconds - 1);
}
