using System.Threading.Channels;

namespace Pilotlight.Streams;

/// <summary>Carries accepted changes to their end: what is CREATING, UPDATING or DELETING soon is. What an earlier process left goes on at start.</summary>
public sealed partial class StreamActivator(
    StreamCatalog catalog, RecordLog records, ThroughputLimiter limiter, StreamsOptions options, TimeProvider time, ILogger<StreamActivator> log)
    : IHostedService, IDisposable
{
    readonly Channel<(StreamKey Key, DateTimeOffset Due)> _waiting = Channel.CreateBounded<(StreamKey, DateTimeOffset)>(
        new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    readonly CancellationTokenSource _stopping = new();
    Task _loop = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellation)
    {
        catalog.Load();
        _loop = RunAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        _waiting.Writer.TryComplete();
        await _stopping.CancelAsync();
        await _loop.WaitAsync(cancellation);
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Asks for a stream that is under way, or has a consumer that is. When the platform is stopping, the next start does it.</summary>
    internal async ValueTask SettleAsync(StreamKey key)
    {
        try
        {
            await _waiting.Writer.WriteAsync((key, time.GetUtcNow() + options.TransitionTime));
        }
        catch (ChannelClosedException)
        {
            // Stopping.
        }
    }

    async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            foreach (var stream in catalog.All())
                await SettleNowAsync(stream.Key);
            // All wait equally long, so they are due in the order in which they came.
            await foreach (var (key, due) in _waiting.Reader.ReadAllAsync(_stopping.Token))
            {
                if (due - time.GetUtcNow() is { Ticks: > 0 } rest)
                    await Task.Delay(rest, time, _stopping.Token);
                await SettleNowAsync(key);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task SettleNowAsync(StreamKey key)
    {
        try
        {
            var before = catalog.Find(key);
            var after = await catalog.ChangeAsync(key, stream => stream is not null && IsUnderWay(stream) ? stream.Settled(time.GetUtcNow()) : stream);
            if (after is not null)
            {
                records.Wake(after);
            }
            else if (before is not null)
            {
                records.Forget(before);
                limiter.Forget(before);
            }
        }
        catch (Exception failure)
        {
            NotSettled(failure, key.Arn);
        }
    }

    static bool IsUnderWay(DataStream stream) =>
        stream.Status != DataStream.Active || stream.Consumers.Any(static consumer => consumer.Status != DataStream.Active);

    [LoggerMessage(Level = LogLevel.Error, Message = "A pending change of {Stream} could not be completed; the next start tries again")]
    partial void NotSettled(Exception failure, string stream);
}
