using System.Threading.Channels;

namespace Pilotlight.EventSources;

/// <summary>
/// Carries accepted changes to their end: a mapping is enabled when its poller has begun, and disabled or gone when it has ended. Each
/// mapping takes its own time. What an earlier process left unfinished goes on at start, and so does polling.
/// </summary>
public sealed partial class MappingActivator(
    EventSourceMappingCatalog catalog, MappingSupervisor supervisor, RunParts parts, ILogger<MappingActivator> log) : IHostedService
{
    /// <summary>How old a result may be that a crash loses.</summary>
    static readonly TimeSpan s_saveEvery = TimeSpan.FromSeconds(10);

    readonly Channel<(MappingScope Scope, string Id)> _waiting = Channel.CreateBounded<(MappingScope, string)>(
        new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    readonly CancellationTokenSource _stopping = new();
    readonly Lock _gate = new();
    readonly HashSet<Task> _underWay = [];
    Task _loop = Task.CompletedTask;
    Task _saving = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellation)
    {
        catalog.Load();
        _loop = RunAsync();
        _saving = SaveResultsAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        _waiting.Writer.TryComplete();
        await _stopping.CancelAsync();
        await supervisor.StopReceivingAsync();
        // The host may have no time left: what is under way then goes on at the next start.
        await _loop.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _saving.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task[] underWay;
        lock (_gate)
            underWay = [.. _underWay];
        await Task.WhenAll([supervisor.StopAllAsync(), .. underWay]).WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await SaveAsync();
    }

    /// <summary>Asks for a mapping that is under way. When the platform is stopping, the next start does it.</summary>
    public async ValueTask SettleAsync(EventSourceMapping mapping)
    {
        try
        {
            await _waiting.Writer.WriteAsync((new MappingScope(mapping.AccountId, mapping.Region), mapping.Id));
        }
        catch (ChannelClosedException)
        {
            // Stopping.
        }
    }

    /// <summary>Removes every mapping, for a reset. Batches in flight are not waited for longer than <paramref name="grace"/>.</summary>
    public async Task EraseAsync(TimeSpan grace)
    {
        var all = catalog.All().ToList();
        foreach (var mapping in all)
            await catalog.ChangeAsync(new MappingScope(mapping.AccountId, mapping.Region), mapping.Id, static _ => null);
        await Task.WhenAll(all.Select(mapping => supervisor.StopAsync(mapping.Id))).WaitAsync(grace, parts.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var mapping in all)
            Forget(mapping.Id);
    }

    async Task RunAsync()
    {
        await Task.Yield();
        foreach (var mapping in catalog.All())
        {
            if (!mapping.IsSettled)
                await SettleAsync(mapping);
            else if (mapping.IsEnabled)
                supervisor.Start(mapping);
        }

        await foreach (var (scope, id) in _waiting.Reader.ReadAllAsync())
            Begin(scope, id);
    }

    void Begin(MappingScope scope, string id)
    {
        var task = SettleAsync(scope, id);
        lock (_gate)
            _underWay.Add(task);
        _ = task.ContinueWith(ended =>
        {
            lock (_gate)
                _underWay.Remove(ended);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    async Task SettleAsync(MappingScope scope, string id)
    {
        try
        {
            await Task.Yield();
            if (catalog.Find(scope, id) is not { IsSettled: false })
                return;
            // An update polls with the new settings from its first receive on, so the old poller ends first.
            await supervisor.StopAsync(id);
            if (_stopping.IsCancellationRequested)
                return;
            var settled = await catalog.ChangeAsync(scope, id, static mapping => mapping is { IsSettled: false } ? mapping.Settled() : mapping);
            if (settled is null)
                Forget(id);
            else if (settled.IsEnabled)
                supervisor.Start(settled);
        }
        catch (Exception failure)
        {
            NotSettled(failure, id);
        }
    }

    void Forget(string id)
    {
        parts.Results.Forget(id);
        parts.Meter.Forget(id);
    }

    async Task SaveResultsAsync()
    {
        using var timer = new PeriodicTimer(s_saveEvery, parts.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
                await SaveAsync();
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task SaveAsync()
    {
        foreach (var mapping in catalog.All().Where(mapping => !ReferenceEquals(parts.Results.Apply(mapping), mapping)))
        {
            try
            {
                await catalog.ChangeAsync(
                    new MappingScope(mapping.AccountId, mapping.Region), mapping.Id, current => current is null ? null : parts.Results.Apply(current));
            }
            catch (Exception failure)
            {
                ResultNotSaved(failure, mapping.Id);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A pending change of event source mapping {Id} could not be completed; the next start tries again")]
    partial void NotSettled(Exception failure, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last result of event source mapping {Id} could not be saved; it is tried again")]
    partial void ResultNotSaved(Exception failure, string id);
}
