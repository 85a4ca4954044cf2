using System.Globalization;
using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>Kinesis elsewhere: AWS's, or anything that speaks its JSON protocol.</summary>
sealed class RemoteKinesis(SignedJsonClient client, TimeProvider time) : RemoteStreams(client, time)
{
    public static RemoteKinesis At(StreamSourceOptions options, TimeProvider time) =>
        new(new SignedJsonClient(options, "kinesis", "Kinesis_20131202", "application/x-amz-json-1.1", time), time);

    public override async Task<IShardedStream?> OpenAsync(string arn, CancellationToken cancellation)
    {
        var stream = arn.IndexOf("/consumer/", StringComparison.Ordinal) is >= 0 and var end ? arn[..end] : arn;
        var name = stream[(stream.IndexOf('/') + 1)..];
        if (await TryCallAsync("DescribeStreamSummary", stream, json => json.WriteString("StreamName"u8, name), cancellation) is not { } summary)
            return null;
        var hours = summary.TryGetProperty("StreamDescriptionSummary", out var described) && described.ValueKind == JsonValueKind.Object
            && described.TryGetProperty("RetentionPeriodHours", out var given) && given.ValueKind == JsonValueKind.Number
            && given.TryGetInt32(out var retention) ? retention : 24;
        return new RemoteStream(this, stream, name, TimeSpan.FromHours(hours));
    }

    sealed class RemoteStream(RemoteKinesis parts, string arn, string name, TimeSpan retention) : IShardedStream
    {
        public string Arn => arn;

        public TimeSpan Retention => retention;

        public TimeSpan ShardRefresh { get; } = TimeSpan.FromSeconds(10);

        public async Task<IReadOnlyList<SourceShard>> ListShardsAsync(CancellationToken cancellation)
        {
            var shards = new List<SourceShard>();
            string? next = null;
            do
            {
                var page = await parts.CallAsync(
                    "ListShards", arn, json => json.WriteString(next is null ? "StreamName" : "NextToken", next ?? name), cancellation);
                shards.AddRange(Items(page, "Shards").Select(ShardOf).Where(static shard => shard is not null).Select(static shard => shard!));
                next = Text(page, "NextToken");
            }
            while (next is not null);
            return shards;
        }

        public Task<IShardCursor> OpenAsync(string shardId, ShardStart start, CancellationToken cancellation) =>
            Task.FromResult<IShardCursor>(new Cursor(parts, arn, name, shardId, start));
    }

    sealed class Cursor(RemoteKinesis parts, string arn, string name, string shardId, ShardStart start) : RemoteCursor(parts.Time, TimeSpan.FromSeconds(1), start)
    {
        protected override async Task<string?> IterateAsync(ShardStart start, CancellationToken cancellation) => Text(
            await parts.CallAsync(
                "GetShardIterator", arn,
                json =>
                {
                    json.WriteString("StreamName"u8, name);
                    json.WriteString("ShardId"u8, shardId);
                    switch (start)
                    {
                        case ShardStart.After(var number):
                            json.WriteString("ShardIteratorType"u8, "AFTER_SEQUENCE_NUMBER"u8);
                            json.WriteString("StartingSequenceNumber"u8, number);
                            break;
                        case ShardStart.At(var at):
                            json.WriteString("ShardIteratorType"u8, "AT_TIMESTAMP"u8);
                            json.WriteNumber("Timestamp"u8, at.ToUnixTimeMilliseconds() / 1000m);
                            break;
                        default:
                            json.WriteString("ShardIteratorType"u8, "TRIM_HORIZON"u8);
                            break;
                    }
                },
                cancellation),
            "ShardIterator");

        protected override Task<JsonElement> GetRecordsAsync(string iterator, int max, CancellationToken cancellation) => parts.CallAsync(
            "GetRecords", arn,
            json =>
            {
                json.WriteString("ShardIterator"u8, iterator);
                json.WriteNumber("Limit"u8, max);
            },
            cancellation);

        protected override SourceRecord? RecordOf(JsonElement json)
        {
            if (Text(json, "SequenceNumber") is not { } number || Text(json, "PartitionKey") is not { } key
                || !json.TryGetProperty("Data", out var data) || data.ValueKind != JsonValueKind.String || !data.TryGetBytesFromBase64(out var bytes))
                return null;
            var seconds = json.TryGetProperty("ApproximateArrivalTimestamp", out var time) && time.ValueKind == JsonValueKind.Number
                && decimal.TryParse(time.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var given) && given is >= 0 and < 253_402_300_800
                ? given : 0;
            return new KinesisRecord(number, key, bytes, DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)));
        }
    }
}
