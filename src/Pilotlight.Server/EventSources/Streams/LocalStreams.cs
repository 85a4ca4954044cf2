using Pilotlight.Streams;

namespace Pilotlight.EventSources;

/// <summary>The streams of this platform: read in process, and woken by the record that is waited for.</summary>
sealed class LocalStreams(StreamCatalog catalog, ShardReader reader, RecordLog log, TimeProvider time) : IShardedStreams
{
    StreamCatalog Catalog => catalog;

    ShardReader Reader => reader;

    RecordLog Log => log;

    TimeProvider Time => time;

    public Task<IShardedStream?> OpenAsync(string arn, CancellationToken cancellation) => Task.FromResult<IShardedStream?>(
        StreamArn.TryParse(arn) is { } parsed && catalog.Find(parsed.Stream) is { Status: not DataStream.Deleting } stream
        && (parsed.Consumer is null || stream.Consumers.Any(consumer => consumer.ArnIn(stream.Arn) == arn))
            ? new LocalStream(parsed.Stream, this)
            : null);

    sealed class LocalStream(StreamKey key, LocalStreams parts) : IShardedStream
    {
        public string Arn => key.Arn;

        public TimeSpan Retention => parts.Catalog.Find(key)?.Retention ?? TimeSpan.FromDays(365);

        public TimeSpan ShardRefresh { get; } = TimeSpan.FromMilliseconds(500);

        public Task<IReadOnlyList<SourceShard>> ListShardsAsync(CancellationToken cancellation)
        {
            var stream = parts.Catalog.Find(key) ?? throw new SourceUnavailableException($"Stream not found: {key.Arn}");
            return Task.FromResult<IReadOnlyList<SourceShard>>(
            [
                // A stream that is CREATING has nobody who puts records yet, and shows no shards.
                .. stream.IsServing
                    ? stream.Shards.Select(static shard => new SourceShard(
                        shard.Id, [.. new[] { shard.Parent, shard.AdjacentParent }.Where(static index => index is not null).Select(static index => Shard.IdOf(index!.Value))]))
                    : [],
            ]);
        }

        public Task<IShardCursor> OpenAsync(string shardId, ShardStart start, CancellationToken cancellation)
        {
            var position = start switch
            {
                ShardStart.After(var text) when SequenceNumber.TryParse(text) is { } number => number.Position + 1,
                ShardStart.At(var at) => Math.Max(0, RecordLog.Microseconds(at)),
                _ => 0,
            };
            return Task.FromResult<IShardCursor>(new Cursor(key, Shard.IndexOf(shardId)!.Value, position, parts));
        }
    }

    sealed class Cursor(StreamKey key, int shard, long position, LocalStreams parts) : IShardCursor
    {
        const long MostBytes = 10 * 1024 * 1024;

        static readonly TimeSpan s_wait = TimeSpan.FromSeconds(1);

        long _position = position;

        public async Task<ShardRead> ReadAsync(int max, CancellationToken cancellation)
        {
            // Asked for before the read: what comes between the two is not slept through.
            var change = parts.Catalog.Find(key) is { } stream ? parts.Log.ChangeOf(stream, shard) : Task.CompletedTask;
            var read = await ReadNowAsync(max);
            if (read.Records.Count > 0 || read.IsAtEnd)
                return read;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(change, Task.Delay(s_wait, parts.Time, patience.Token));
            await patience.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            return await ReadNowAsync(max);
        }

        async Task<ShardRead> ReadNowAsync(int max)
        {
            if (await parts.Reader.ReadAsync(key, shard, _position, max, MostBytes) is not { } page)
                throw new SourceUnavailableException($"Stream not found: {key.Arn}");
            _position = page.Next ?? _position;
            return new ShardRead(
                [
                    .. page.Records.Select(record => new KinesisRecord(
                        SequenceNumber.Of(page.Shard, record.Position).ToString(), record.PartitionKey, record.Bytes, record.Arrived)),
                ],
                page.Next is null, page.Behind == TimeSpan.Zero);
        }
    }
}
