namespace Pilotlight.EventBuses;

/// <summary>Owns the loop that deletes archived events whose time is over.</summary>
sealed partial class ArchiveReaper(ArchiveCatalog archives, DeliveryStore store, TimeProvider time, ILogger<ArchiveReaper> log) : BackgroundService
{
    static readonly TimeSpan s_interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                await ReapAsync();
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task ReapAsync()
    {
        try
        {
            foreach (var archive in archives.All().Where(archive => archive.RetentionDays > 0))
                await store.ExpireAsync(archive.Arn, time.GetUtcNow() - TimeSpan.FromDays(archive.RetentionDays));
        }
        catch (Exception failure)
        {
            ReapFailed(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Expired events of archives could not be deleted; trying again later")]
    partial void ReapFailed(Exception failure);
}
