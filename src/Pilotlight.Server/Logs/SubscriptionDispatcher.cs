using System.Collections.Concurrent;
using Pilotlight.Targets;

namespace Pilotlight.Logs;

/// <summary>
/// Delivers what is written into subscribed log groups. Each filter has a cursor in the database and reads from there, so that nothing is
/// held in memory, a slow destination holds up only itself, and what was not delivered before a restart is delivered after it.
/// </summary>
sealed partial class SubscriptionDispatcher(
    LogStore store, SubscriptionDeliveries deliveries, TimeProvider time, ILogger<SubscriptionDispatcher> log) : IHostedLifecycleService, IDisposable
{
    /// <summary>Messages of one delivery, before they are packed.</summary>
    const int MaxBatchBytes = 256 * 1024;

    const int ChunksAtOnce = 8;

    static readonly TimeSpan s_firstWait = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);

    /// <summary>A destination that fails for so long misses what it did not get.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromHours(24);

    /// <summary>A destination that is not there, or does not let us in, is not tried for so long, and misses what is written meanwhile.</summary>
    static readonly TimeSpan s_disabled = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<(long GroupId, string Filter), Pump> _pumps = new();
    readonly CancellationTokenSource _stopping = new();

    public Task StartingAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Once everybody has started: a function that is not loaded yet looks like one that is not there.</summary>
    public Task StartedAsync(CancellationToken cancellation)
    {
        store.Appended += Wake;
        foreach (var subscription in store.AllSubscriptions())
            Wake(subscription);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellation)
    {
        store.Appended -= Wake;
        await _stopping.CancelAsync();
        await Task.WhenAll(_pumps.Values.Select(static pump => pump.Ended)).WaitAsync(cancellation);
    }

    public Task StopAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellation) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();

    void Wake(LogSubscription subscription)
    {
        if (!_stopping.IsCancellationRequested)
            _pumps.GetOrAdd((subscription.GroupId, subscription.FilterName), _ => new Pump(this, subscription)).Wake();
    }

    /// <summary>Delivers what there is; false when there was nothing.</summary>
    async Task<bool> DeliverAsync(LogSubscription known)
    {
        // The filter may have been changed, or be gone.
        var subscription = store.SubscriptionsOf(known.Group).FirstOrDefault(each => each.FilterName == known.FilterName && each.GroupId == known.GroupId);
        if (subscription is null)
            return false;
        var (chunks, cursor) = store.ReadUnseen(subscription, ChunksAtOnce);
        if (chunks.Count == 0)
            return false;
        foreach (var (stream, events) in Batches(subscription, chunks))
        {
            if (await DeliverAsync(subscription, stream, events))
                continue;
            await store.SkipUnseenAsync(subscription);
            return true;
        }

        await store.SeenAsync(subscription, cursor);
        return true;
    }

    /// <summary>False when it cannot be delivered, and what follows cannot either.</summary>
    async Task<bool> DeliverAsync(LogSubscription subscription, string stream, IReadOnlyList<LogEvent> events)
    {
        if (deliveries.IsForItself(subscription))
        {
            NotDelivered(subscription.FilterName, subscription.Group.Group, "the destination writes into this log group since it was subscribed");
            return false;
        }

        var payload = SubscriptionEvent.Write(subscription, stream, events);
        var until = time.GetUtcNow() + s_patience;
        for (var wait = s_firstWait; ; wait = wait * 2 < s_longestWait ? wait * 2 : s_longestWait)
        {
            var result = await deliveries.SendAsync(subscription, stream, payload, _stopping.Token);
            switch (result.End)
            {
                case DeliveryEnd.Delivered:
                    return true;
                case DeliveryEnd.Failed when time.GetUtcNow() < until:
                    await Task.Delay(wait, time, _stopping.Token);
                    continue;
                case DeliveryEnd.Rejected:
                    // This batch is too much for it; the next may not be.
                    NotDelivered(subscription.FilterName, subscription.Group.Group, result.Message);
                    return true;
                default:
                    NotDelivered(subscription.FilterName, subscription.Group.Group, result.Message);
                    await Task.Delay(s_disabled, time, _stopping.Token);
                    return false;
            }
        }
    }

    static IEnumerable<(string Stream, IReadOnlyList<LogEvent> Events)> Batches(LogSubscription subscription, IReadOnlyList<SubscribedChunk> chunks)
    {
        foreach (var chunksOfStream in chunks.Where(static chunk => chunk.Stream is not null).GroupBy(static chunk => chunk.Stream!))
        {
            var (batch, bytes) = (new List<LogEvent>(), 0);
            foreach (var chunk in chunksOfStream)
            {
                for (var index = 0; index < chunk.Events.Count; index++)
                {
                    var found = chunk.Events[index];
                    if (!subscription.Pattern.Matches(found.Message.Span))
                        continue;
                    if (batch.Count > 0 && bytes + found.Message.Length > MaxBatchBytes)
                    {
                        yield return (chunksOfStream.Key, batch);
                        (batch, bytes) = ([], 0);
                    }

                    batch.Add(found);
                    bytes += found.Message.Length + LogChunk.EventOverheadBytes;
                }
            }

            if (batch.Count > 0)
                yield return (chunksOfStream.Key, batch);
        }
    }

    /// <summary>Runs while one filter has something to deliver, once at a time.</summary>
    sealed class Pump(SubscriptionDispatcher owner, LogSubscription subscription)
    {
        readonly Lock _gate = new();
        bool _isRunning;
        bool _isWoken;

        public Task Ended { get; private set; } = Task.CompletedTask;

        public void Wake()
        {
            lock (_gate)
            {
                _isWoken = true;
                if (_isRunning)
                    return;
                _isRunning = true;
                Ended = Task.Run(RunAsync);
            }
        }

        async Task RunAsync()
        {
            while (true)
            {
                lock (_gate)
                {
                    if (!_isWoken || owner._stopping.IsCancellationRequested)
                    {
                        _isRunning = false;
                        return;
                    }

                    _isWoken = false;
                }

                try
                {
                    while (await owner.DeliverAsync(subscription))
                    {
                    }
                }
                catch (OperationCanceledException) when (owner._stopping.IsCancellationRequested)
                {
                    // The cursor is where it was: the next start goes on from there.
                }
                catch (Exception bug)
                {
                    owner.PumpFailed(bug, subscription.FilterName, subscription.Group.Group);
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscription filter {Filter} of {Group} does not reach its destination: {Reason}")]
    partial void NotDelivered(string filter, string group, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscription filter {Filter} of {Group} failed; it goes on with the next lines")]
    partial void PumpFailed(Exception bug, string filter, string group);
}
