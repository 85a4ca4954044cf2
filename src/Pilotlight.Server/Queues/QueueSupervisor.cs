namespace Pilotlight.Queues;

/// <summary>Owns what queues need beside their callers: they are read back at the start, swept every minute, and their counts saved at the end.</summary>
sealed partial class QueueSupervisor(
    QueueCatalog catalog, MessageStore messages, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<QueueSupervisor> log) : BackgroundService
{
    static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        catalog.Load();
        // The web server waits for requests that run, and would for long polls.
        lifetime.ApplicationStopping.Register(() =>
        {
            foreach (var queue in catalog.All())
                queue.EndWaits();
        });
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var queue in catalog.All())
            await queue.SaveCountsAsync();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(ExpireAsync(stoppingToken), RemoveAsync(stoppingToken));

    async Task ExpireAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                foreach (var queue in catalog.All())
                    await TryAsync(() => queue.SweepAsync(stopping), stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task RemoveAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (var rows in catalog.SweptAsync(stopping))
            {
                await TryAsync(
                    () => rows.Through is { } through ? messages.SweepAsync(rows.Queue, through, stopping) : messages.ForgetAsync(rows.Queue, stopping), stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task TryAsync(Func<Task> sweep, CancellationToken stopping)
    {
        try
        {
            await sweep();
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            SweepFailed(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Messages that are no more could not be removed from disk; they are at the next sweep or start")]
    partial void SweepFailed(Exception failure);
}
