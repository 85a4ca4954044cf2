using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html: records as they come, for five minutes.</summary>
static class SubscribeToShard
{
    const int MostRecords = 1000;
    const long MostBytes = 1024 * 1024;

    static readonly TimeSpan s_duration = TimeSpan.FromMinutes(5);
    static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(5);

    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services, ShardReader reader, ShardSubscriptions subscriptions)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var (key, consumer) = ConsumerViews.ByArn(input.ConsumerARN!, services);
        if (consumer.Status != DataStream.Active)
            return StreamsErrors.InUse($"Consumer {consumer.Name} of stream {key.Name} under account {key.AccountId} is not ACTIVE.");
        var stream = services.Serving(key);
        if (Shard.IndexOf(input.ShardId!) is not { } index)
            return StreamsErrors.CouldNotFindShard(input.ShardId!, key);
        if (stream.FindShard(index) is not { } shard)
            return StreamsErrors.NoShard(index, key);
        var start = input.StartingPosition!;
        var position = reader.StartOf(stream, shard, start.Type!, start.SequenceNumber, StreamServices.TimeOf(start.Timestamp));
        using var subscription = subscriptions.TryOpen(input.ConsumerARN!, index, request.Aborted);
        if (subscription is null)
            return StreamsErrors.InUse($"Another active subscription exists for this consumer: {consumer.Name} and shard {shard.Id}.");
        request.Http.Response.ContentType = EventStreamFrames.ContentType;
        Write(request, "event", "initial-response", "{}"u8.ToArray());
        await request.Http.Response.BodyWriter.FlushAsync(request.Aborted);
        try
        {
            await SendAsync(request, services, reader, (key, index, position), subscription.Ended);
        }
        catch (OperationCanceledException)
        {
            // The client went, or subscribed anew.
        }

        return AwsResult.AlreadyWritten;
    }

    static async Task SendAsync(
        AwsRequest request, StreamServices services, ShardReader reader, (StreamKey Key, int Index, long Position) from, CancellationToken ended)
    {
        var until = services.Now + s_duration;
        var position = from.Position;
        while (services.Now < until)
        {
            // Asked for before the read: what comes between the two is not slept through.
            var change = services.Catalog.Find(from.Key) is { } current ? services.Log.ChangeOf(current, from.Index) : Task.CompletedTask;
            if (await reader.ReadAsync(from.Key, from.Index, position, MostRecords, MostBytes) is not { } page)
            {
                // Names of streams need no escaping.
                Write(request, "exception", "ResourceNotFoundException", Encoding.UTF8.GetBytes($$"""{"message":"{{StreamsErrors.NoStream(from.Key).Message}}"}"""));
                await request.Http.Response.BodyWriter.FlushAsync(ended);
                return;
            }

            position = page.Next ?? position;
            var json = new ShardEvent(
                RecordViews.Of(page), SequenceNumber.Of(page.Shard, page.Records.Count > 0 ? page.Records[^1].Position : Math.Max(0, position - 1)).ToString(),
                (long)page.Behind.TotalMilliseconds, page.Next is null ? ShardViews.ChildrenOf(page.Stream, page.Shard) : null);
            Write(request, "event", "SubscribeToShardEvent", JsonSerializer.SerializeToUtf8Bytes(json, StreamsJson.Wire.ShardEvent));
            if ((await request.Http.Response.BodyWriter.FlushAsync(ended)).IsCompleted || page.Next is null)
                return;
            if (page.Records.Count == 0)
                await Task.WhenAny(change, Task.Delay(s_heartbeat, services.Time, ended));
            ended.ThrowIfCancellationRequested();
        }
    }

    /// <param name="kind"><c>event</c> or <c>exception</c>.</param>
    static void Write(AwsRequest request, string kind, string name, byte[] json)
    {
        var (payload, contentType) = request.Encode(json);
        var headers = EventStreamFrames.Headers((":message-type", kind), ($":{kind}-type", name), (":content-type", contentType));
        EventStreamFrames.Write(request.Http.Response.BodyWriter, headers, new ReadOnlySequence<byte>(payload));
    }
}

/// <summary>A consumer has one subscription to a shard: the next one, five seconds later at the earliest, ends it.</summary>
sealed class ShardSubscriptions(TimeProvider time)
{
    static readonly TimeSpan s_exclusive = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<(string Consumer, int Shard), ShardSubscription> _open = new();
    readonly Lock _gate = new();

    /// <summary>Null when one was opened a moment ago.</summary>
    public ShardSubscription? TryOpen(string consumerArn, int shard, CancellationToken aborted)
    {
        var key = (consumerArn, shard);
        lock (_gate)
        {
            if (_open.TryGetValue(key, out var known))
            {
                if (time.GetUtcNow() - known.Opened < s_exclusive)
                    return null;
                known.End();
            }

            var opened = new ShardSubscription(time.GetUtcNow(), aborted, subscription => _open.TryRemove(KeyValuePair.Create(key, subscription)));
            _open[key] = opened;
            return opened;
        }
    }
}

sealed class ShardSubscription(DateTimeOffset opened, CancellationToken aborted, Action<ShardSubscription> closed) : IDisposable
{
    readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(aborted);

    public DateTimeOffset Opened => opened;

    public CancellationToken Ended => _ended.Token;

    public void End()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself.
        }
    }

    public void Dispose()
    {
        closed(this);
        _ended.Dispose();
    }
}
