using Pilotlight.Targets;

namespace Pilotlight.Buckets;

/// <summary>
/// Sends what the store has noted, at least once, and of one key to one target in order. What cannot be taken now is tried again with
/// growing pauses for a day; what will never be taken is dropped, and said so in the log.
/// </summary>
sealed partial class NotificationDispatcher(
    BucketStore store, TargetDispatcher targets, NotificationSignal signal, TimeProvider time, ILogger<NotificationDispatcher> log) : BackgroundService
{
    public const string Principal = "s3.amazonaws.com";
    const int BatchSize = 256;
    const int Parallel = 16;

    static readonly TimeSpan s_keep = TimeSpan.FromHours(24);
    static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);
    static readonly TimeSpan s_idle = TimeSpan.FromMinutes(5);

    long _delivered;
    long _dropped;

    public long Delivered => Interlocked.Read(ref _delivered);

    public long Dropped => Interlocked.Read(ref _dropped);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var due = store.Due(BatchSize);
                if (due.Count > 0)
                    await SendAsync(due, stoppingToken);
                else
                    await signal.WaitAsync(Pause(), time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LoopFailed(failure);
                await signal.WaitAsync(TimeSpan.FromSeconds(1), time, stoppingToken);
            }
        }
    }

    TimeSpan Pause()
    {
        if (store.NextDue() is not { } due)
            return s_idle;
        var pause = due - time.GetUtcNow();
        return pause < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : pause < s_idle ? pause : s_idle;
    }

    async Task SendAsync(IReadOnlyList<PendingNotification> due, CancellationToken cancellation)
    {
        var done = new List<long>();
        var putOff = new List<(long, DateTimeOffset)>();
        var gate = new Lock();
        var chains = due.GroupBy(static pending => (pending.TargetArn, Convert.ToHexString(pending.Key)));
        try
        {
            await SendChainsAsync();
        }
        finally
        {
            // Also when the platform stops: what was delivered is not delivered again.
            await store.SettleAsync(done, putOff);
        }

        Task SendChainsAsync() => System.Threading.Tasks.Parallel.ForEachAsync(
            chains, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation },
            async (chain, stop) =>
            {
                foreach (var pending in chain)
                {
                    var again = await SendOneAsync(pending, stop);
                    lock (gate)
                    {
                        if (again is not { } at)
                            done.Add(pending.Id);
                        else
                            putOff.Add((pending.Id, at));
                    }

                    // What comes after it waits with it.
                    if (again is not null)
                        break;
                }
            });
    }

    /// <summary>When to try again; null when it is settled.</summary>
    async Task<DateTimeOffset?> SendOneAsync(PendingNotification pending, CancellationToken cancellation)
    {
        var result = await targets.SendAsync(new Delivery
        {
            TargetArn = pending.TargetArn,
            Payload = pending.Payload,
            Sender = new Sender.Service(Principal, pending.BucketArn, pending.AccountId),
            Subject = "Amazon S3 Notification",
            Entry = pending.DetailType is { } type ? new BusEntry("aws.s3", type, [pending.BucketArn]) : null,
        }, cancellation);
        if (result.IsDelivered)
        {
            Interlocked.Increment(ref _delivered);
            return null;
        }

        var now = time.GetUtcNow();
        if (result.End == DeliveryEnd.Failed && now - pending.Created < s_keep)
            return now + TimeSpan.FromSeconds(Math.Min(s_longestPause.TotalSeconds, Math.Pow(2, Math.Min(pending.Attempts, 16))));
        Interlocked.Increment(ref _dropped);
        WasDropped(pending.BucketArn, pending.TargetArn, result.Message ?? result.End.ToString());
        return null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A notification of {Bucket} for {Target} was dropped: {Reason}")]
    partial void WasDropped(string bucket, string target, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Notifications of buckets could not be sent; the next attempt is made in a second")]
    partial void LoopFailed(Exception failure);
}
