using System.Collections.Concurrent;

namespace Pilotlight.Topics;

/// <summary>Owns every delivery that is under way: starts them when they are stored or read back, tries again, gives up, and ends with the platform.</summary>
sealed partial class DeliverySupervisor(
    TopicCatalog catalog, DeliveryStore store, EndpointSender sender, DeliverySettings settings, ILogger<DeliverySupervisor> log) : IHostedService, IDisposable
{
    readonly ConcurrentDictionary<string, DeliveryLane> _lanes = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<PendingDelivery, Task> _running = new();
    readonly CancellationTokenSource _stopping = new();

    long _heldBytes;
    long _epoch;

    TimeProvider Time => settings.Time;

    public Task StartAsync(CancellationToken cancellation)
    {
        var held = new Dictionary<long, HeldMessage>();
        var waiting = store.Load();
        foreach (var delivery in waiting)
        {
            if (!held.TryGetValue(delivery.Message, out var message))
                held.Add(delivery.Message, message = new HeldMessage(delivery.Message));
            message.Share(1);
        }

        foreach (var delivery in waiting)
        {
            Add(new PendingDelivery
            {
                Id = delivery.Id,
                Held = held[delivery.Message],
                SubscriptionArn = delivery.SubscriptionArn,
                Group = delivery.Group is { } group && IsOrdered(delivery.SubscriptionArn) ? group : null,
                Failures = delivery.Failures,
                Phase = delivery.Phase,
                Due = delivery.Due,
            });
        }

        return Task.CompletedTask;
    }

    bool IsOrdered(string subscriptionArn) => TopicArn.TopicOf(subscriptionArn) is { } topic && catalog.Find(topic)?.Topic.IsFifo == true;

    /// <summary>
    /// Stores a message for subscriptions, and sends it once it is on disk. When this returns, messages that are stored later come later; the
    /// task completes when it is on disk.
    /// </summary>
    public Task SendAsync(TopicMessage message, List<string> subscriptions, bool inOrder)
    {
        var now = Time.GetUtcNow();
        var held = new HeldMessage(store.NextMessage());
        held.Share(subscriptions.Count);
        Hold(held, message);
        var first = store.NextDeliveries(subscriptions.Count);
        var stored = store.InsertAsync(held.Row, message, first, subscriptions, now);
        for (var index = 0; index < subscriptions.Count; index++)
        {
            Add(new PendingDelivery
            {
                Id = first + index,
                Held = held,
                SubscriptionArn = subscriptions[index],
                Group = inOrder ? message.GroupId ?? "" : null,
                Due = now,
                Stored = stored,
            });
        }

        return stored;
    }

    /// <summary>How many subscriptions something was delivered to.</summary>
    public int Lanes => _lanes.Count;

    /// <summary>The subscription may be gone: then what waits for it ends, and nothing is kept of it.</summary>
    public void Forget(string subscriptionArn)
    {
        settings.Meter.Forget(subscriptionArn);
        if (catalog.FindSubscription(subscriptionArn) is not null || !_lanes.TryGetValue(subscriptionArn, out var lane))
            return;
        Shape(lane, null);
        lane.Hurry();
        RetireIfOver(lane, subscriptionArn);
    }

    void RetireIfOver(DeliveryLane lane, string subscriptionArn)
    {
        if (catalog.FindSubscription(subscriptionArn) is not null || !lane.TryRetire())
            return;
        _lanes.TryRemove(KeyValuePair.Create(subscriptionArn, lane));
        // What was under way has counted once more.
        settings.Meter.Forget(subscriptionArn);
    }

    /// <summary>Forgets what waits and lets what is under way end.</summary>
    public async Task ClearAsync()
    {
        Interlocked.Increment(ref _epoch);
        foreach (var (arn, _) in _lanes)
        {
            if (_lanes.TryRemove(arn, out var lane))
                lane.Dispose();
        }

        await Task.WhenAll(_running.Values);
        await store.ClearAsync();
        settings.Meter.Pend(-settings.Meter.Pending);
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        await _stopping.CancelAsync();
        foreach (var lane in _lanes.Values)
            lane.Dispose();
        await Task.WhenAll(_running.Values);
    }

    public void Dispose() => _stopping.Dispose();

    void Add(PendingDelivery delivery)
    {
        settings.Meter.Pend(1);
        while (_lanes.GetOrAdd(delivery.SubscriptionArn, NewLane) is var lane && !lane.TryAdd(delivery))
            _lanes.TryRemove(KeyValuePair.Create(delivery.SubscriptionArn, lane));
    }

    DeliveryLane NewLane(string subscriptionArn)
    {
        var lane = new DeliveryLane(Time, Start);
        Shape(lane, catalog.FindSubscription(subscriptionArn));
        return lane;
    }

    void Shape(DeliveryLane lane, Subscription? subscription)
    {
        lane.Width = subscription?.IsHttp == true ? settings.Options.ConcurrentRequests : settings.Options.ConcurrentDeliveries;
        lane.Spacing = subscription is { IsHttp: true } && PolicyOf(subscription).MaxReceivesPerSecond is { } most ? TimeSpan.FromSeconds(1.0 / most) : TimeSpan.Zero;
    }

    HttpDeliveryPolicy PolicyOf(Subscription subscription) => HttpDeliveryPolicy.Effective(
        catalog.Find(subscription.TopicArn)?.Topic.Attributes.GetValueOrDefault("DeliveryPolicy") is { } text ? HttpDeliveryPolicy.OfTopic(text) : null,
        subscription.HttpPolicy);

    void Start(DeliveryLane lane, PendingDelivery delivery)
    {
        if (_stopping.IsCancellationRequested)
            return;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running.TryAdd(delivery, RunAsync(begun.Task));
        begun.SetResult();

        async Task RunAsync(Task begin)
        {
            await begin;
            try
            {
                await AttemptAsync(lane, delivery);
            }
            finally
            {
                _running.TryRemove(delivery, out _);
            }
        }
    }

    async Task AttemptAsync(DeliveryLane lane, PendingDelivery delivery)
    {
        var epoch = Interlocked.Read(ref _epoch);
        try
        {
            await delivery.Stored;
        }
        catch (Exception)
        {
            // It was not accepted: whoever published knows.
            Release(delivery);
            lane.End(delivery);
            RetireIfOver(lane, delivery.SubscriptionArn);
            return;
        }

        try
        {
            if (catalog.FindSubscription(delivery.SubscriptionArn) is not { } subscription || MessageOf(delivery.Held) is not { } message)
            {
                await EndAsync(lane, delivery);
                return;
            }

            Shape(lane, subscription);
            var attempt = delivery.Phase == DeliveryPhase.ToEndpoint
                ? await sender.SendAsync(message, subscription, PolicyOf(subscription), _stopping.Token)
                : await sender.SendToDeadLetterQueueAsync(message, subscription, _stopping.Token);
            if (epoch == Interlocked.Read(ref _epoch))
                await ConcludeAsync(lane, delivery, subscription, attempt);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // It is on disk, and the next start tries again.
        }
        catch (Exception bug)
        {
            // The loop of a delivery ends here: nothing else may be lost with it.
            DeliveryBroke(bug, delivery.SubscriptionArn);
            await FailAsync(lane, delivery, RetrySchedule.Managed.SecondsAfter(delivery.Failures + 1) ?? RetrySchedule.Managed.MaximumSeconds);
        }
    }

    async ValueTask ConcludeAsync(DeliveryLane lane, PendingDelivery delivery, Subscription subscription, Attempt attempt)
    {
        var counts = settings.Meter.Of(subscription.Arn);
        if (attempt.End == AttemptEnd.Delivered)
        {
            Interlocked.Increment(ref delivery.Phase == DeliveryPhase.ToEndpoint ? ref counts.Delivered : ref counts.DeadLettered);
            await EndAsync(lane, delivery);
            return;
        }

        Interlocked.Increment(ref counts.Failed);
        var schedule = delivery.Phase == DeliveryPhase.ToEndpoint && subscription.IsHttp ? PolicyOf(subscription).Retry! : RetrySchedule.Managed;
        if (attempt.End == AttemptEnd.Failed && schedule.SecondsAfter(delivery.Failures + 1) is { } seconds)
        {
            await FailAsync(lane, delivery, seconds);
            return;
        }

        if (delivery.Phase == DeliveryPhase.ToEndpoint && subscription.DeadLetterTarget is not null && MessageOf(delivery.Held)?.Type == TopicMessage.Notification)
        {
            var dead = Interlocked.Increment(ref counts.GivenUp);
            if (long.IsPow2(dead))
                GaveUp(dead, subscription.Arn, attempt.Reason ?? "", delivery.Failures + 1);
            delivery.Phase = DeliveryPhase.ToDeadLetterQueue;
            delivery.Failures = -1;
            await FailAsync(lane, delivery, 0);
            return;
        }

        var lost = Interlocked.Increment(ref counts.Lost);
        if (long.IsPow2(lost))
            Lost(lost, subscription.Arn, attempt.Reason ?? "", delivery.Failures + 1);
        await EndAsync(lane, delivery);
    }

    async ValueTask FailAsync(DeliveryLane lane, PendingDelivery delivery, double seconds)
    {
        delivery.Failures++;
        delivery.Due = Time.GetUtcNow() + (settings.Options.RetryBaseDelay * seconds);
        if (seconds > 0)
            LetGo(delivery.Held);
        await store.NoteFailureAsync(delivery);
        lane.Again(delivery);
    }

    async ValueTask EndAsync(DeliveryLane lane, PendingDelivery delivery)
    {
        await store.NoteEndAsync(delivery.Id);
        if (Release(delivery))
            await store.NoteMessageEndAsync(delivery.Held.Row);
        lane.End(delivery);
        RetireIfOver(lane, delivery.SubscriptionArn);
    }

    /// <summary>True when it was the last delivery of its message.</summary>
    bool Release(PendingDelivery delivery)
    {
        settings.Meter.Pend(-1);
        if (!delivery.Held.EndOne())
            return false;
        LetGo(delivery.Held);
        return true;
    }

    void Hold(HeldMessage held, TopicMessage message)
    {
        var size = 512 + (2L * message.Message.Length) + (2L * (message.ByProtocol?.Values.Sum(static text => text.Length) ?? 0));
        if (Interlocked.Read(ref _heldBytes) + size > settings.Options.MemoryBytes)
            return;
        Interlocked.Add(ref _heldBytes, size);
        held.HeldBytes = size;
        held.Message = message;
    }

    void LetGo(HeldMessage held)
    {
        lock (held)
        {
            Interlocked.Add(ref _heldBytes, -held.HeldBytes);
            held.HeldBytes = 0;
            held.Message = null;
        }
    }

    TopicMessage? MessageOf(HeldMessage held) => held.Message ?? store.Read(held.Row);

    [LoggerMessage(Level = LogLevel.Error, Message = "A delivery to {Subscription} broke")]
    partial void DeliveryBroke(Exception bug, string subscription);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Count} messages given up for {Subscription}, the last after {Attempts} attempts ({Reason}); they go to the dead-letter queue")]
    partial void GaveUp(long count, string subscription, string reason, int attempts);

    /// <summary>Not for each: a topic takes thousands a second, and an endpoint that is gone stays gone.</summary>
    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Count} messages lost for {Subscription}, the last after {Attempts} attempts ({Reason}); there is no dead-letter queue that takes them")]
    partial void Lost(long count, string subscription, string reason, int attempts);
}
