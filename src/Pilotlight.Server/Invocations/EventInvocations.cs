using System.Threading.Channels;
using Pilotlight.Environments;
using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>An event that was accepted and waits for its run.</summary>
sealed record AcceptedEvent(FunctionVersion Version, InvocationRequest Request);

/// <summary>
/// Runs events in the background, in the order in which they came, and again when they fail. They are held in memory only: durability
/// and destinations come with the issue on events, and docs/compatibility.md says so.
/// </summary>
public sealed partial class EventInvocations(Invoker invoker, FunctionCatalog catalog, TimeProvider time, ILogger<EventInvocations> log)
    : BackgroundService
{
    const int MaxWaiting = 10_000;
    const int MaxRunning = 256;

    readonly Channel<AcceptedEvent> _accepted = Channel.CreateBounded<AcceptedEvent>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    readonly SemaphoreSlim _running = new(MaxRunning);

    /// <summary>Events that wait for another attempt.</summary>
    int _paused;

    /// <summary>False when too many wait.</summary>
    internal bool TryAccept(AcceptedEvent accepted) => _accepted.Writer.TryWrite(accepted);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var accepted in _accepted.Reader.ReadAllAsync(stoppingToken))
            {
                await _running.WaitAsync(stoppingToken);
                _ = RunAsync(accepted, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task RunAsync(AcceptedEvent accepted, CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        var attempts = new EventAttempts();
        while (true)
        {
            var end = await TryRunAsync(accepted);
            if (end == EventEnd.Done)
                return;
            if (attempts.Next(end, time.GetElapsedTime(since), ConfigOf(accepted)) is not { } pause || Volatile.Read(ref _paused) >= MaxWaiting)
            {
                EventGivenUp(accepted.Request.RequestId, accepted.Version.FunctionArn, end);
                return;
            }

            Interlocked.Increment(ref _paused);
            try
            {
                await Task.Delay(pause, time, stopping);
                await _running.WaitAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            finally
            {
                Interlocked.Decrement(ref _paused);
            }
        }
    }

    /// <summary>That of the qualifier that was invoked; one without its own has the defaults.</summary>
    EventInvokeConfig? ConfigOf(AcceptedEvent accepted)
    {
        var qualifier = FunctionName.Parse(accepted.Request.InvokedFunctionArn).Qualifier ?? FunctionVersion.Latest;
        return catalog.Find(accepted.Version.Key)?.EventInvokeConfigs.GetValueOrDefault(qualifier);
    }

    /// <summary>One attempt; gives the place among the running ones back.</summary>
    async Task<EventEnd> TryRunAsync(AcceptedEvent accepted)
    {
        try
        {
            // Queued events run the code that is current when they are taken (spec/invoke.md 4).
            var version = accepted.Version;
            if (catalog.Find(version.Key) is { ReservedConcurrency: 0 })
                return EventEnd.Done;
            var current = catalog.Find(version.AccountId, version.Region, version.Name, version.Version) ?? version;
            var execution = await invoker.InvokeAsync(current, accepted.Request);
            if (execution.Outcome is InvocationOutcome.Throttled)
                return EventEnd.Throttled;
            await execution.Finished;
            return execution.Outcome is InvocationOutcome.FunctionError or InvocationOutcome.PlatformError ? EventEnd.Failed : EventEnd.Done;
        }
        catch (Exception failure)
        {
            EventFailed(failure, accepted.Request.RequestId, accepted.Version.FunctionArn);
        }
        finally
        {
            _running.Release();
        }

        return EventEnd.Done;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {RequestId} for {Function} is dropped after its last attempt: {End}")]
    partial void EventGivenUp(string requestId, string function, EventEnd end);

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {RequestId} for {Function} could not be run")]
    partial void EventFailed(Exception failure, string requestId, string function);
}
