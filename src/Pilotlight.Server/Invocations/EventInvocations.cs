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
public sealed partial class EventInvocations(Invoker invoker, FunctionCatalog catalog, TimeProvider time, ILogger<EventInvocations> log)
    : BackgroundService
{
    const int MaxWaiting = 10_000;
    const int MaxRunning = 256;

    /// <summary>A throttled event is tried again for so long, first after a second, at last every five minutes (spec/invoke.md 4).</summary>
    static readonly TimeSpan s_maxAge = TimeSpan.FromHours(6);

    static readonly TimeSpan s_maxPause = TimeSpan.FromMinutes(5);

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
        var pause = TimeSpan.FromSeconds(1);
        while (await TryRunAsync(accepted) == EventEnd.Throttled)
        {
            if (time.GetElapsedTime(since) + pause >= s_maxAge)
            {
                EventTooOld(accepted.Request.RequestId, accepted.Version.FunctionArn);
                return;
            }

            try
            {
                await Task.Delay(pause, time, stopping);
                await _running.WaitAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause * 2 < s_maxPause ? pause * 2 : s_maxPause;
        }
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

    enum EventEnd
    {
        Done,
        Throttled,
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {RequestId} for {Function} was throttled for six hours and is dropped")]
    partial void EventTooOld(string requestId, string function);

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {RequestId} for {Function} could not be run")]
    partial void EventFailed(Exception failure, string requestId, string function);
}
