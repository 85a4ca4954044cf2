using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html</summary>
static class DescribeStream
{
    const int MostAtOnce = 100;

    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var stream = services.Existing(request);
        var shards = ShardViews.Visible(stream);
        if (input.ExclusiveStartShardId is { } after)
            shards = shards.Where(shard => string.CompareOrdinal(shard.Id, after) > 0);
        var page = shards.Take(Math.Min(input.Limit ?? MostAtOnce, MostAtOnce) + 1).ToList();
        var hasMore = page.Count > Math.Min(input.Limit ?? MostAtOnce, MostAtOnce);
        if (hasMore)
            page.RemoveAt(page.Count - 1);
        var description = new StreamDescription(
            stream.Name, stream.Arn, stream.Status, new StreamModeDetails(stream.Mode), [.. page.Select(ShardViews.Of)], hasMore, stream.RetentionHours,
            Math.Floor(StreamServices.Seconds(stream.Created)), [new EnhancedMetrics(stream.ShardLevelMetrics)], stream.KeyId is null ? "NONE" : "KMS", stream.KeyId);
        return AwsResult.Json(new DescribeStreamOutput(description), StreamsJson.Wire.DescribeStreamOutput);
    }
}

/// <summary>Shards as the API shows them.</summary>
static class ShardViews
{
    /// <summary>While it is CREATING a stream shows none.</summary>
    public static IEnumerable<Shard> Visible(DataStream stream) => stream.Status == DataStream.Creating ? [] : stream.Shards;

    public static ShardOutput Of(Shard shard) => new(
        shard.Id, IdOf(shard.Parent), IdOf(shard.AdjacentParent), RangeOf(shard),
        new SequenceNumberRange(SequenceNumber.FirstOf(shard).ToString(), shard.IsClosed ? SequenceNumber.LastOf(shard).ToString() : null));

    /// <summary>The children of a closed shard; null when it has none.</summary>
    public static IReadOnlyList<ChildShard>? ChildrenOf(DataStream stream, Shard parent)
    {
        List<ChildShard> children =
        [
            .. stream.Shards.Where(shard => shard.IsChildOf(parent)).Select(shard => new ChildShard(
                shard.Id, [.. new[] { shard.Parent, shard.AdjacentParent }.Where(index => index is not null).Select(index => IdOf(index)!)], RangeOf(shard))),
        ];
        return children.Count > 0 ? children : null;
    }

    static HashKeyRange RangeOf(Shard shard) =>
        new(shard.FirstHash.ToString(CultureInfo.InvariantCulture), shard.LastHash.ToString(CultureInfo.InvariantCulture));

    static string? IdOf(int? index) => index is { } known ? Shard.IdOf(known) : null;
}
