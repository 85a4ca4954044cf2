namespace Pilotlight.EventBuses;

/// <summary>Owns the replays: one after the other, page by page, and after a restart from where it was.</summary>
sealed partial class ReplaySupervisor(ReplayCatalog catalog, DeliveryStore store, EventRouter router, TimeProvider time, ILogger<ReplaySupervisor> log) : BackgroundService
{
    const int PageSize = 100;

    /// <summary>So long as more than this waits for its targets, a replay brings nothing more.</summary>
    const int MaxWaiting = 5_000;

    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim _wake = new(0, 1);

    public ReplayCatalog Catalog => catalog;

    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will look anyway.
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                foreach (var replay in catalog.All().Where(replay => replay.IsUnderWay).OrderBy(replay => replay.StartedAt).ToList())
                    await RunAsync(replay, stopping);
                if (!catalog.All().Any(replay => replay.IsUnderWay))
                    await _wake.WaitAsync(stopping);
                else
                    await Task.Delay(s_pause, time, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task RunAsync(Replay replay, CancellationToken stopping)
    {
        try
        {
            while (await StepAsync(replay.Scope, replay.Name))
            {
                stopping.ThrowIfCancellationRequested();
                while (store.Pending() > MaxWaiting)
                    await Task.Delay(s_pause, time, stopping);
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            ReplayFailed(failure, replay.Name);
        }
    }

    /// <summary>One page; false when there is no more to do.</summary>
    async Task<bool> StepAsync(BusScope scope, string name)
    {
        if (catalog.Find(scope, name) is not { IsUnderWay: true } replay)
            return false;
        if (replay.State == "CANCELLING")
        {
            await EndAsync(scope, name, "CANCELLED");
            return false;
        }

        var after = replay.LastReplayed is { } last ? (last, replay.LastId) : (replay.From, 0L);
        var page = store.Archived(replay.EventSourceArn, after, replay.To, PageSize);
        if (page.Count == 0)
        {
            await EndAsync(scope, name, "COMPLETED");
            return false;
        }

        var bus = BusName.TryParse(replay.DestinationArn)!.Value;
        var events = page.Select(entry => BusEvent.TryRead(entry.Payload, null)).OfType<BusEvent>();
        await router.PublishAsync(events.Select(one => (bus, one.Replayed(name))), 0, replay.FilterArns);
        await catalog.ChangeAsync(scope, name, known => known is null ? null : known with
        {
            State = known.State == "CANCELLING" ? known.State : "RUNNING",
            LastReplayed = page[^1].Time,
            LastId = page[^1].Id,
        });
        return true;
    }

    Task EndAsync(BusScope scope, string name, string state) =>
        catalog.ChangeAsync(scope, name, known => known is null ? null : known with { State = state, EndedAt = time.GetUtcNow() });

    [LoggerMessage(Level = LogLevel.Error, Message = "The replay {Replay} could not go on; trying again")]
    partial void ReplayFailed(Exception failure, string replay);
}
