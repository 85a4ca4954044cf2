using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html</summary>
static class GetRecords
{
    public const int MostRecords = 10_000;
    public const long MostBytes = 10 * 1024 * 1024;

    static readonly TimeSpan s_iteratorAge = TimeSpan.FromMinutes(5);

    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services, ShardReader reader)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        if (ShardIterator.TryParse(input.ShardIterator!) is not { } iterator)
            return StreamsErrors.InvalidIterator;
        var now = services.Now;
        if (now - iterator.Made > s_iteratorAge)
            return StreamsErrors.ExpiredIterator(iterator.Made, now);
        if (services.Serving(iterator.Stream).Id != iterator.StreamId)
            return StreamsErrors.NoStream(iterator.Stream);
        if (await reader.ReadAsync(iterator.Stream, iterator.Shard, iterator.Position, input.Limit ?? MostRecords, MostBytes) is not { } page)
            return StreamsErrors.NoShard(iterator.Shard, iterator.Stream);
        return AwsResult.Json(
            new GetRecordsOutput(
                RecordViews.Of(page), page.Next is { } next ? (iterator with { Position = next, Made = now }).ToString() : null,
                (long)page.Behind.TotalMilliseconds, page.Next is null ? ShardViews.ChildrenOf(page.Stream, page.Shard) : null),
            StreamsJson.Wire.GetRecordsOutput);
    }

    /// <summary>The stream that the iterator is of, so that the right one is judged.</summary>
    public static StreamKey? KeyOf(AwsRequest request) =>
        StreamArn.Text(request, "ShardIterator") is { } iterator ? ShardIterator.TryParse(iterator)?.Stream : null;
}

/// <summary>Records as the API shows them.</summary>
static class RecordViews
{
    public static IReadOnlyList<RecordOutput> Of(ShardPage page)
    {
        var encryption = page.Stream.KeyId is null ? null : "KMS";
        var records = new RecordOutput[page.Records.Count];
        for (var index = 0; index < records.Length; index++)
        {
            var record = page.Records[index];
            records[index] = new RecordOutput(
                SequenceNumber.Of(page.Shard, record.Position).ToString(), StreamServices.Seconds(record.Arrived), record.Bytes, record.PartitionKey, encryption);
        }

        return records;
    }
}
