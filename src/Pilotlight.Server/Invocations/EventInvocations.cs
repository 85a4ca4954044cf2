using System.Threading.Channels;
using Pilotlight.Environments;
using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>An event that was accepted and waits for its run.</summary>
sealed record AcceptedEvent(FunctionVersion Version, InvocationRequest Request);

/// <summary>
/// Runs events in the background, once, in the order in which they came. They are held in memory only: durability, retries and
/// destinations come with the issue on events, and docs/compatibility.md says so.
/// </summary>
public sealed partial class EventInvocations(Invoker invoker, FunctionCatalog catalog, ILogger<EventInvocations> log) : BackgroundService
{
    const int MaxWaiting = 10_000;
    const int MaxRunning = 256;

    readonly Channel<AcceptedEvent> _accepted = Channel.CreateBounded<AcceptedEvent>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    readonly SemaphoreSlim _running = new(MaxRunning);

    /// <summary>False when too many wait.</summary>
    internal bool TryAccept(AcceptedEvent accepted) => _accepted.Writer.TryWrite(accepted);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var accepted in _accepted.Reader.ReadAllAsync(stoppingToken))
            {
                await _running.WaitAsync(stoppingToken);
                _ = RunAsync(accepted);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task RunAsync(AcceptedEvent accepted)
    {
        try
        {
            // Queued events run the code that is current when they are taken (spec/invoke.md 4).
            var version = accepted.Version;
            var current = catalog.Find(version.AccountId, version.Region, version.Name, version.Version) ?? version;
            var execution = await invoker.InvokeAsync(current, accepted.Request);
            await execution.Finished;
        }
        catch (Exception failure)
        {
            EventFailed(failure, accepted.Request.RequestId, accepted.Version.FunctionArn);
        }
        finally
        {
            _running.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {RequestId} for {Function} could not be run")]
    partial void EventFailed(Exception failure, string requestId, string function);
}
