using System.Collections.Concurrent;
using System.Threading.Channels;
using Pilotlight.Api;
using Pilotlight.Functions;
using Pilotlight.Storage;

namespace Pilotlight.Invocations.Events;

/// <summary>
/// Accepts events and sees to it that each is run. Functions take turns: one with a million events waiting delays another's first by no
/// more than one event. What is accepted is on disk, and a killed process goes on where it was.
/// </summary>
sealed partial class EventQueue : IHostedService, IErasable, IMetricSource
{
    readonly EventStore _store;
    readonly EventRun _run;
    readonly FunctionCatalog _catalog;
    readonly EventClock _clock;
    readonly ILogger<EventQueue> _log;
    readonly ConcurrentDictionary<FunctionKey, Turn> _turns = [];

    // No bound is needed: each lane is in it once at most.
    readonly Channel<Turn> _signalled = Channel.CreateUnbounded<Turn>(new UnboundedChannelOptions { SingleReader = true });
    readonly CancellationTokenSource _stopping = new();
    readonly SemaphoreSlim _places;
    Task _loop = Task.CompletedTask;

    public EventQueue(EventStore store, EventRun run, FunctionCatalog catalog, EventClock clock, ILogger<EventQueue> log)
    {
        (_store, _run, _catalog, _clock, _log) = (store, run, catalog, clock, log);
        _places = new SemaphoreSlim(Math.Max(1, clock.Options.MaxConcurrentEvents));
        catalog.Changed += OnChanged;
    }

    int MaxPerFunction => Math.Max(1, _clock.Options.MaxConcurrentEvents / 2);

    public Task StartAsync(CancellationToken cancellation)
    {
        foreach (var (function, count, firstDue) in _store.Lanes())
        {
            if (_catalog.Find(function) is null)
            {
                _ = ForgetAsync(function);
                continue;
            }

            var turn = TurnOf(function);
            turn.Lane.Found(count, firstDue);
            Signal(turn);
        }

        _loop = RunAsync();
        return Task.CompletedTask;
    }

    /// <summary>What runs is not awaited: the environments drain by themselves, and what does not end in time runs again after the next start.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        _catalog.Changed -= OnChanged;
        _clock.IsStopping = true;
        await _stopping.CancelAsync();
        await _loop.WaitAsync(cancellation);
        foreach (var turn in _turns.Values)
            await turn.Timer.DisposeAsync();
    }

    /// <summary>Completes when the event is on disk; from then on it is not lost.</summary>
    /// <param name="function">With the qualifier that was invoked.</param>
    /// <param name="payload">JSON text, at most 1 MB.</param>
    public async Task AcceptAsync(FunctionReference function, string requestId, string? traceId, ReadOnlyMemory<byte> payload)
    {
        var accepted = new WaitingEvent
        {
            Id = _store.NextId(),
            Function = function,
            RequestId = requestId,
            TraceId = traceId,
            Payload = payload,
            AcceptedAt = _clock.Now,
        };
        await _store.AddAsync(accepted);
        _run.Meter.CountReceived();
        var turn = TurnOf(function.Key);
        turn.Lane.Accepted(accepted);
        Signal(turn);
    }

    public async Task EraseAsync()
    {
        foreach (var function in _turns.Keys)
            await ForgetAsync(function);
        await _store.EraseAsync();
    }

    public IEnumerable<Metric> Read()
    {
        var lanes = _turns.Values.Select(turn => turn.Lane).ToList();
        yield return new("async_events_waiting", "Events that were accepted and are not over.", lanes.Sum(lane => lane.Waiting));
        yield return new("async_events_running", "Those of them that run.", lanes.Sum(lane => lane.Running));
        foreach (var metric in _run.Meter.Read())
            yield return metric;
    }

    internal EventLane? FindLane(FunctionKey function) => _turns.TryGetValue(function, out var turn) ? turn.Lane : null;

    async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            await foreach (var turn in _signalled.Reader.ReadAllAsync(_stopping.Token))
            {
                Volatile.Write(ref turn.IsSignalled, 0);
                await _places.WaitAsync(_stopping.Token);
                var taken = turn.Lane.TryTake(MaxPerFunction, out var wake);
                if (turn.Lane.WantsRefill())
                    _ = RefillAsync(turn);
                if (taken is null)
                {
                    _places.Release();
                    if (wake is { } pause)
                        turn.Timer.Change(pause > TimeSpan.FromMilliseconds(1) ? pause : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                    continue;
                }

                _ = RunAsync(turn, taken);
                Signal(turn);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task RunAsync(Turn turn, WaitingEvent waiting)
    {
        try
        {
            // A custom runtime may answer without ever giving up the thread, and the loop has others to see to.
            await Task.Yield();
            await _run.RunAsync(turn.Lane, waiting, _places);
        }
        catch (Exception) when (_clock.IsStopping)
        {
            // It is on disk, and runs after the next start.
        }
        catch (Exception failure)
        {
            // What keeps failing in the same way is told whole once.
            if (turn.Lane.Faulted(waiting) == 1)
                EventFailed(failure, waiting.RequestId, waiting.Function.Arn);
            else
                EventFailedAgain(waiting.RequestId, waiting.Function.Arn, failure.Message);
        }

        Signal(turn);
    }

    async Task RefillAsync(Turn turn)
    {
        try
        {
            await Task.Run(turn.Lane.Refill);
            Signal(turn);
        }
        catch (Exception failure)
        {
            RefillFailed(failure, turn.Lane.Function.ToString());
            turn.Timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    void Signal(Turn turn)
    {
        if (Interlocked.Exchange(ref turn.IsSignalled, 1) == 0)
            _signalled.Writer.TryWrite(turn);
    }

    Turn TurnOf(FunctionKey function) => _turns.GetOrAdd(function, function =>
    {
        var turn = new Turn(new EventLane(function, _store, _clock.Time, _clock.Rules));
        turn.Timer = _clock.Time.CreateTimer(static state => ((Action)state!)(), () => Signal(turn), Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return turn;
    });

    /// <summary>Whoever listens must be quick: the database is told later.</summary>
    void OnChanged(Function? before, Function? after)
    {
        if (before is not null && after is null)
            _ = ForgetAsync(before.Key);
        else if (before is not null && after is not null && _turns.TryGetValue(after.Key, out var turn))
            Signal(turn);
    }

    async Task ForgetAsync(FunctionKey function)
    {
        try
        {
            if (_turns.TryRemove(function, out var turn))
            {
                turn.Lane.Clear();
                await turn.Timer.DisposeAsync();
            }

            await _store.ForgetAsync(function);
        }
        catch (Exception failure)
        {
            RefillFailed(failure, function.ToString());
        }
    }

    /// <summary>A lane with what wakes it.</summary>
    sealed class Turn(EventLane lane)
    {
        public EventLane Lane => lane;

        public ITimer Timer = null!;

        public int IsSignalled;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {RequestId} for {Function} could not be carried to its end, and runs again")]
    partial void EventFailed(Exception failure, string requestId, string function);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {RequestId} for {Function} could again not be carried to its end: {Reason}")]
    partial void EventFailedAgain(string requestId, string function, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The waiting events of {Function} could not be read or removed")]
    partial void RefillFailed(Exception failure, string function);
}

/// <summary>What decides when events run.</summary>
sealed class EventClock(TimeProvider time, InvocationsOptions options)
{
    public TimeProvider Time => time;

    public DateTimeOffset Now => time.GetUtcNow();

    public InvocationsOptions Options => options;

    /// <summary>The platform ends its environments: what they were running when they were ended runs again after the next start.</summary>
    public volatile bool IsStopping;

    public RetryRules Rules { get; } = new(options);
}
