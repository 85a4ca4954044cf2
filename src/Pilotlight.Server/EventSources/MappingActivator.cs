using System.Threading.Channels;

namespace Pilotlight.EventSources;

/// <summary>
/// Carries accepted changes to their end: what is being created, updated or deleted soon is. (Pollers, when there are any, start and
/// stop here.) What an earlier process left unfinished goes on at start.
/// </summary>
public sealed partial class MappingActivator(EventSourceMappingCatalog catalog, ILogger<MappingActivator> log) : IHostedService
{
    readonly Channel<(MappingScope Scope, string Id)> _waiting = Channel.CreateBounded<(MappingScope, string)>(
        new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    Task _loop = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellation)
    {
        catalog.Load();
        _loop = RunAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        _waiting.Writer.TryComplete();
        await _loop.WaitAsync(cancellation);
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

    async Task RunAsync()
    {
        await Task.Yield();
        foreach (var mapping in catalog.All().Where(mapping => !mapping.IsSettled))
            await SettleAsync(new MappingScope(mapping.AccountId, mapping.Region), mapping.Id);
        await foreach (var (scope, id) in _waiting.Reader.ReadAllAsync())
            await SettleAsync(scope, id);
    }

    async Task SettleAsync(MappingScope scope, string id)
    {
        try
        {
            await catalog.ChangeAsync(scope, id, static mapping => mapping is { IsSettled: false } ? mapping.Settled() : mapping);
        }
        catch (Exception failure)
        {
            NotSettled(failure, id);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A pending change of event source mapping {Id} could not be completed; the next start tries again")]
    partial void NotSettled(Exception failure, string id);
}
