using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>
/// Owns the loop that does what lifecycles ask for: at the start, after every midnight UTC, as rules count in whole days, and when a
/// configuration was put.
/// </summary>
sealed partial class LifecycleSupervisor(BucketStore store, LifecycleSignal changed, TimeProvider time, ILogger<LifecycleSupervisor> log) : BackgroundService
{
    const int PageSize = 500;

    /// <summary>The clock of the wall may jump: it is looked at so often.</summary>
    static readonly TimeSpan s_look = TimeSpan.FromHours(1);

    static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMinutes(1);

    long _expired;
    long _aborted;

    public long Expired => Interlocked.Read(ref _expired);

    public long Aborted => Interlocked.Read(ref _aborted);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var day = time.GetUtcNow().UtcDateTime.Date;
                var isDone = await TrySweepAsync(stoppingToken);
                while (!await changed.WaitAsync(isDone ? Pause() : s_pauseAfterFailure, time, stoppingToken) && isDone && time.GetUtcNow().UtcDateTime.Date == day)
                {
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    TimeSpan Pause()
    {
        var now = time.GetUtcNow().UtcDateTime;
        var left = now.Date.AddDays(1) - now + TimeSpan.FromMilliseconds(1);
        return left < s_look ? left : s_look;
    }

    async Task<bool> TrySweepAsync(CancellationToken cancellation)
    {
        var isDone = true;
        foreach (var bucket in store.WithLifecycle())
        {
            try
            {
                await SweepAsync(bucket, cancellation);
            }
            catch (AwsException) when (store.Find(bucket.Name)?.Id != bucket.Id)
            {
                // It was deleted meanwhile.
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                isDone = false;
                SweepFailed(failure, bucket.Name);
            }
        }

        return isDone;
    }

    async Task SweepAsync(Bucket bucket, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var walk = new LifecycleWalk(bucket.Lifecycle, now);
        StoredObject? last = null;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var page = store.VersionsAfter(bucket, last, PageSize);
            var due = page.Count > 0 ? page.SelectMany(walk.Next).ToList() : [.. walk.End()];
            if (due.Count > 0)
                Interlocked.Add(ref _expired, await store.ExpireAsync(bucket, due, ChangeOrigin.OfLifecycle()));
            if (page.Count == 0)
                break;
            last = page[^1];
        }

        foreach (var upload in store.UploadsOf(bucket).Where(upload => bucket.Lifecycle.AbortOf(upload)?.At <= now))
            await AbortAsync(bucket, upload);
    }

    async Task AbortAsync(Bucket bucket, Upload upload)
    {
        try
        {
            await store.AbortAsync(bucket, upload.Key, upload.Id);
            Interlocked.Increment(ref _aborted);
        }
        catch (AwsException)
        {
            // It was completed or aborted meanwhile.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The lifecycle of bucket {Bucket} could not be carried out; the next attempt is made in a minute")]
    partial void SweepFailed(Exception failure, string bucket);
}
