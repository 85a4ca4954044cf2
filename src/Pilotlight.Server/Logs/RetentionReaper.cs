namespace Pilotlight.Logs;

/// <summary>Owns the loop that deletes expired events, and the events of deleted groups and streams.</summary>
public sealed partial class RetentionReaper(LogStore store, TimeProvider time, ILogger<RetentionReaper> log) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await store.SweepAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure)
            {
                SweepFailed(failure);
            }
        }
        while (await WaitAsync(timer, stopping));
    }

    static async ValueTask<bool> WaitAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Expired log events could not be deleted; trying again in a minute")]
    partial void SweepFailed(Exception failure);
}
