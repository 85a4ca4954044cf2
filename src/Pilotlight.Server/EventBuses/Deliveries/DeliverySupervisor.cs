using Pilotlight.Targets;

namespace Pilotlight.EventBuses;

/// <summary>
/// Owns the deliveries: sends what is accepted, tries again with growing waits, and gives what cannot be delivered to the dead-letter
/// queue of its target. Waiting deliveries are on disk only, so a restart goes on where it was.
/// </summary>
sealed partial class DeliverySupervisor(
    DeliveryStore store, DeliverySender sender, EventBusOptions options, TimeProvider time, ILogger<DeliverySupervisor> log) : BackgroundService
{
    static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(8);
    static readonly TimeSpan s_look = TimeSpan.FromSeconds(30);

    readonly DeliveryQueue _queue = new(options.Concurrency, options.ConcurrencyPerTarget);
    readonly CancellationTokenSource _stopping = new();
    readonly SemaphoreSlim _wake = new(0, 1);
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sends a delivery that is on disk.</summary>
    public void Accept(PendingDelivery delivery)
    {
        if (_queue.TryAdd(delivery))
            Pump();
    }

    public override async Task StopAsync(CancellationToken cancellation)
    {
        _queue.Close();
        await _stopping.CancelAsync();
        await base.StopAsync(cancellation);
        if (_queue.Running > 0)
            await _drained.Task.WaitAsync(cancellation);
    }

    public void Forget() => _queue.Clear();

    public override void Dispose()
    {
        _stopping.Dispose();
        _wake.Dispose();
        base.Dispose();
    }

    /// <summary>Fetches from disk what is due, whenever something may be.</summary>
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Fetch();
                var now = time.GetUtcNow();
                var next = store.NextDue(now) is { } due && due - now < s_look ? due - now : s_look;
                await WaitAsync(next, stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure)
            {
                FetchFailed(failure);
                await Task.Delay(s_look, time, stopping).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Until then, or until something was put off or room came.</summary>
    async Task WaitAsync(TimeSpan wait, CancellationToken stopping)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var woken = _wake.WaitAsync(until.Token);
        await Task.WhenAny(woken, Task.Delay(wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait, time, until.Token));
        await until.CancelAsync();
        await woken.ContinueWith(static _ => { }, TaskScheduler.Default);
        stopping.ThrowIfCancellationRequested();
    }

    void Fetch()
    {
        if (!_queue.HasRoom)
            return;
        _queue.ClearSpilled();
        foreach (var id in store.DueIds(time.GetUtcNow(), 20_000))
        {
            if (_queue.Holds(id) || store.Find(id) is not { } delivery)
                continue;
            if (!_queue.TryAdd(delivery) && _queue.HasSpilled)
                break;
        }

        Pump();
    }

    void Pump()
    {
        while (_queue.TryTake() is { } delivery)
            _ = RunAsync(delivery);
    }

    async Task RunAsync(PendingDelivery delivery)
    {
        await Task.Yield();
        var lane = delivery.Lane;
        try
        {
            await (delivery.DeadLetter is null ? AttemptAsync(delivery) : BuryAsync(delivery));
        }
        catch (OperationCanceledException)
        {
            // Stopping: it is on disk and due.
        }
        catch (Exception failure)
        {
            DeliveryBroke(failure, delivery.Plan.TargetArn);
        }

        _queue.End(delivery, lane);
        // Whoever looks for what is due passes over what is held, so it is told after that.
        if (delivery.IsPostponed || (_queue.HasSpilled && _queue.HasRoom))
            Wake();
        Pump();
        if (_stopping.IsCancellationRequested && _queue.Running == 0)
            _drained.TrySetResult();
    }

    async Task AttemptAsync(PendingDelivery delivery)
    {
        var age = time.GetUtcNow() - delivery.AcceptedAt;
        if (age >= TimeSpan.FromSeconds(delivery.Plan.MaxAgeSeconds))
        {
            await GiveUpAsync(delivery, new DeadLetterReason("TIMEOUT", "The event was not delivered within its maximum age.", "MaximumEventAgeInSeconds", delivery.Attempts));
            return;
        }

        var result = await sender.SendAsync(delivery, _stopping.Token);
        delivery.Attempts++;
        if (result.IsDelivered)
        {
            await store.DeleteAsync(delivery.Id);
            return;
        }

        var reason = Reason(delivery, result);
        if (result.End != DeliveryEnd.Failed)
            await GiveUpAsync(delivery, reason);
        else if (delivery.Attempts > delivery.Plan.MaxAttempts)
            await GiveUpAsync(delivery, reason with { ExhaustedCondition = "MaximumRetryAttempts" });
        else
            await PostponeAsync(delivery, delivery.Attempts);
    }

    async Task GiveUpAsync(PendingDelivery delivery, DeadLetterReason reason)
    {
        sender.Meter.Failed();
        if (delivery.Plan.DeadLetterArn is null)
        {
            GivenUp(delivery.Plan.SourceArn, delivery.Plan.TargetArn, reason.Message);
            await store.DeleteAsync(delivery.Id);
            return;
        }

        delivery.DeadLetter = reason;
        await store.PostponeAsync(delivery, time.GetUtcNow());
        delivery.IsPostponed = true;
    }

    /// <summary>To the dead-letter queue; as long as the queue only cannot take it now.</summary>
    async Task BuryAsync(PendingDelivery delivery)
    {
        var result = await sender.BuryAsync(delivery, _stopping.Token);
        if (result.End == DeliveryEnd.Failed && time.GetUtcNow() - delivery.AcceptedAt < TimeSpan.FromDays(2))
        {
            delivery.Attempts++;
            await PostponeAsync(delivery, delivery.Attempts);
            return;
        }

        if (result.IsDelivered)
            sender.Meter.DeadLettered();
        else
        {
            sender.Meter.Lost();
            LetterLost(delivery.Plan.DeadLetterArn!, result.Message ?? "");
        }

        await store.DeleteAsync(delivery.Id);
    }

    async Task PostponeAsync(PendingDelivery delivery, int attempts)
    {
        var wait = options.RetryDelay * Math.Pow(2, Math.Min(attempts - 1, 20));
        wait = (wait < s_longestWait ? wait : s_longestWait) * (0.75 + (Random.Shared.NextDouble() / 2));
        await store.PostponeAsync(delivery, time.GetUtcNow() + wait);
        delivery.IsPostponed = true;
    }

    static DeadLetterReason Reason(PendingDelivery delivery, DeliveryResult result)
    {
        var code = result.Code ?? "INTERNAL_ERROR";
        if (!delivery.Plan.IsSchedule)
            code = result.End switch
            {
                DeliveryEnd.Refused => "NO_PERMISSIONS",
                DeliveryEnd.NoTarget => "NO_RESOURCE",
                DeliveryEnd.Rejected => "INVALID_PARAMETER",
                _ => code.Contains("TooManyRequests", StringComparison.Ordinal) || code.Contains("Throttl", StringComparison.OrdinalIgnoreCase) ? "THROTTLING" : "ERROR_FROM_TARGET",
            };
        else if (result.End == DeliveryEnd.Refused)
            code = "AccessDeniedException";
        else if (result.End == DeliveryEnd.NoTarget)
            code = "ResourceNotFoundException";
        return new DeadLetterReason(code, result.Message ?? "", null, delivery.Attempts);
    }

    void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will look anyway.
        }
        catch (ObjectDisposedException)
        {
            // The platform has stopped.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Deliveries of event buses could not be read; trying again")]
    partial void FetchFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "A delivery to {Target} could not be recorded; it is tried again after a restart or a moment")]
    partial void DeliveryBroke(Exception failure, string target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Source} could not deliver to {Target}, which has no dead-letter queue: {Reason}")]
    partial void GivenUp(string source, string target, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The dead-letter queue {Queue} would not take an event: {Reason}")]
    partial void LetterLost(string queue, string reason);
}
