namespace Pilotlight.Streams;

/// <summary>Owns the loop that deletes expired records, closed shards that have none left, and what deleted streams held.</summary>
public sealed partial class RetentionReaper(
    StreamCatalog catalog, StreamStore store, StreamsOptions options, TimeProvider time, ILogger<RetentionReaper> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.TrimInterval, time);
        try
        {
            do
            {
                try
                {
                    await ReapAsync(stopping);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    ReapingFailed(failure);
                }
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    internal async Task ReapAsync(CancellationToken cancellation)
    {
        foreach (var stream in catalog.All())
        {
            var horizon = time.GetUtcNow() - stream.Retention;
            foreach (var shard in stream.Shards)
                await store.TrimAsync(stream.Id, shard.Index, RecordLog.Microseconds(horizon), cancellation);
            if (stream.Shards.Any(shard => shard.Closed < horizon))
                await catalog.ChangeAsync(stream.Key, current => current is null || current.Status == DataStream.Updating
                    ? current
                    : current with { Shards = [.. current.Shards.Where(shard => !(shard.Closed < time.GetUtcNow() - current.Retention))] });
        }

        await store.SweepAsync(cancellation);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Expired records of streams could not be deleted; trying again later")]
    partial void ReapingFailed(Exception failure);
}
