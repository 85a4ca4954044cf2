using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>DynamoDB Streams: AWS's, DynamoDB Local's, or those of anything that speaks the API.</summary>
sealed class RemoteDynamoDb(SignedJsonClient client, TimeProvider time) : RemoteStreams(client, time)
{
    public static RemoteDynamoDb At(StreamSourceOptions options, TimeProvider time) =>
        new(new SignedJsonClient(options, "dynamodb", "DynamoDBStreams_20120810", "application/x-amz-json-1.0", time), time);

    public override async Task<IShardedStream?> OpenAsync(string arn, CancellationToken cancellation) =>
        await TryCallAsync(
            "DescribeStream", arn,
            json =>
            {
                json.WriteString("StreamArn"u8, arn);
                json.WriteNumber("Limit"u8, 1);
            },
            cancellation) is null ? null : new RemoteStream(this, arn);

    sealed class RemoteStream(RemoteDynamoDb parts, string arn) : IShardedStream
    {
        public string Arn => arn;

        public TimeSpan Retention { get; } = TimeSpan.FromHours(24);

        public TimeSpan ShardRefresh { get; } = TimeSpan.FromSeconds(10);

        public async Task<IReadOnlyList<SourceShard>> ListShardsAsync(CancellationToken cancellation)
        {
            var shards = new List<SourceShard>();
            string? last = null;
            do
            {
                var page = await parts.CallAsync(
                    "DescribeStream", arn,
                    json =>
                    {
                        json.WriteString("StreamArn"u8, arn);
                        if (last is not null)
                            json.WriteString("ExclusiveStartShardId"u8, last);
                    },
                    cancellation);
                if (!page.TryGetProperty("StreamDescription", out var description) || description.ValueKind != JsonValueKind.Object)
                    break;
                shards.AddRange(Items(description, "Shards").Select(ShardOf).Where(static shard => shard is not null).Select(static shard => shard!));
                last = Text(description, "LastEvaluatedShardId");
            }
            while (last is not null);
            return shards;
        }

        public Task<IShardCursor> OpenAsync(string shardId, ShardStart start, CancellationToken cancellation) =>
            Task.FromResult<IShardCursor>(new Cursor(parts, arn, shardId, start));
    }

    /// <summary>Four reads a second, as AWS polls them. There are no iterators of a time: what is older is read and left out.</summary>
    sealed class Cursor(RemoteDynamoDb parts, string arn, string shardId, ShardStart start)
        : RemoteCursor(parts.Time, TimeSpan.FromMilliseconds(250), start)
    {
        /// <summary>DynamoDB's limit.</summary>
        const int MostRecords = 1000;

        /// <summary>Creation times are whole seconds.</summary>
        readonly DateTimeOffset _notBefore = start is ShardStart.At(var at) ? DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds()) : DateTimeOffset.MinValue;

        protected override async Task<string?> IterateAsync(ShardStart start, CancellationToken cancellation) => Text(
            await parts.CallAsync(
                "GetShardIterator", arn,
                json =>
                {
                    json.WriteString("StreamArn"u8, arn);
                    json.WriteString("ShardId"u8, shardId);
                    json.WriteString("ShardIteratorType"u8, start is ShardStart.After ? "AFTER_SEQUENCE_NUMBER"u8 : "TRIM_HORIZON"u8);
                    if (start is ShardStart.After(var number))
                        json.WriteString("SequenceNumber"u8, number);
                },
                cancellation),
            "ShardIterator");

        protected override Task<JsonElement> GetRecordsAsync(string iterator, int max, CancellationToken cancellation) => parts.CallAsync(
            "GetRecords", arn,
            json =>
            {
                json.WriteString("ShardIterator"u8, iterator);
                json.WriteNumber("Limit"u8, Math.Min(max, MostRecords));
            },
            cancellation);

        protected override SourceRecord? RecordOf(JsonElement json) =>
            DynamoDbRecord.TryRead(json) is { } record && record.Arrived >= _notBefore ? record : null;
    }
}
