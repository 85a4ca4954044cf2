using Pilotlight.Api;
using Pilotlight.Sandbox;

namespace Pilotlight.Environments;

/// <summary>
/// Keeps stems ready for the shapes that functions need, and owns the loop that makes them: one at a time, while no cold start is
/// under way, within a budget of memory of their own and what the environments leave of theirs. How many follows the demand of the last moments.
/// </summary>
public sealed partial class StemPool : IHostedService, IAsyncDisposable, IMetricSource
{
    static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_longestYield = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(30);
    static readonly TimeSpan s_longestMaking = TimeSpan.FromSeconds(10);

    /// <summary>More than any of them holds: there must be so much room for one to be made.</summary>
    const long RoomToMake = 64L << 20;

    readonly Lock _gate = new();
    readonly Dictionary<string, StemShelf> _shelves = new(StringComparer.Ordinal);
    readonly StemParts _parts;
    readonly MemoryBudget _memory;
    readonly StemsOptions _options;
    readonly TimeProvider _time;
    readonly ILogger<StemPool> _log;
    readonly CancellationTokenSource _stopping = new();
    TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TaskCompletionSource? _quiet;
    Task _making = Task.CompletedTask;
    Task _leaving = Task.CompletedTask;
    int _coldStarts;
    bool _closed;

    internal StemPool(StemParts parts, StemsOptions options, MemoryBudget memory, ILogger<StemPool> log)
    {
        (_parts, _options, _memory, _time, _log) = (parts, options, memory, parts.Time, log);
        memory.GiveUpStems = GiveUp;
        IsActive = options is { Enabled: true, Most: > 0 } && parts.Driver.CanAssign;
    }

    /// <summary>False where stems are switched off, or sandboxes cannot be made ahead.</summary>
    public bool IsActive { get; }

    /// <summary>Stems taken by cold starts, and cold starts that found none.</summary>
    public long Hits => Volatile.Read(ref _hits);

    public long Misses => Volatile.Read(ref _misses);

    long _hits;
    long _misses;

    /// <summary>How many of each kind are ready and how many are wanted, for operators.</summary>
    public IReadOnlyList<StemLevel> Levels()
    {
        lock (_gate)
            return [.. _shelves.Values.Select(shelf => new StemLevel(shelf.Shape.Name, shelf.Ready, shelf.Target(_options, _time)))];
    }

    public IEnumerable<Metric> Read()
    {
        yield return new("stem_hits_total", "Cold starts that found a stem ready.", Hits);
        yield return new("stem_misses_total", "Cold starts that found none.", Misses);
        var levels = Levels().GroupBy(static level => level.Shape).Select(static kind => new StemLevel(kind.Key, kind.Sum(level => level.Ready), kind.Sum(level => level.Target))).ToList();
        foreach (var level in levels)
            yield return new("stems_ready", "Stems that are ready, by kind.", level.Ready, $"kind=\"{level.Shape}\"");
        foreach (var level in levels)
            yield return new("stems_wanted", "Stems that are wanted, by kind.", level.Target, $"kind=\"{level.Shape}\"");
    }

    /// <summary>A stem for a cold start, or null when there is none ready.</summary>
    internal Stem? TryTake(StemShape shape)
    {
        if (!IsActive)
            return null;
        Stem? stem;
        lock (_gate)
        {
            if (_closed)
                return null;
            var shelf = ShelfOfLocked(shape);
            do
                stem = shelf.TakeLocked(_time.GetTimestamp(), _time);
            while (stem is { IsAlive: false });
            WakeLocked();
        }

        Interlocked.Increment(ref stem is null ? ref _misses : ref _hits);
        stem?.Share?.Dispose();
        return stem;
    }

    /// <summary>Discards stems that hold so many bytes, or all there are; returns what they hold. Those of the kind that has most go first.</summary>
    long GiveUp(long bytes)
    {
        List<Stem> given = [];
        long held = 0;
        lock (_gate)
        {
            while (held < bytes && _shelves.Values.MaxBy(static shelf => shelf.Ready)?.GiveUpOldest() is { } stem)
            {
                given.Add(stem);
                held += stem.Sandbox.ReadMemory().CurrentBytes;
            }

            if (given.Count > 0)
                _leaving = Task.WhenAll(_leaving, DiscardAsync(given));
        }

        return held;
    }

    static async Task DiscardAsync(List<Stem> stems)
    {
        await Task.Yield();
        await Task.WhenAll(stems.Select(static stem => stem.DiscardAsync()));
    }

    /// <summary>A function of this shape exists, and may be wanted soon.</summary>
    internal void Anticipate(StemShape shape)
    {
        if (!IsActive)
            return;
        lock (_gate)
        {
            if (_closed)
                return;
            ShelfOfLocked(shape).Want(_time.GetTimestamp());
            WakeLocked();
        }
    }

    /// <summary>Until it is disposed no stems are made: a request is waiting for a cold start.</summary>
    internal ColdStart BeginColdStart()
    {
        lock (_gate)
        {
            _coldStarts++;
            _quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return new ColdStart(this);
    }

    void EndColdStart()
    {
        lock (_gate)
        {
            if (--_coldStarts > 0)
                return;
            _quiet?.TrySetResult();
            _quiet = null;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsActive)
            _making = MakeAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <summary>Discards every stem.</summary>
    public async Task ClearAsync()
    {
        List<Stem> stems;
        lock (_gate)
        {
            stems = [.. _shelves.Values.SelectMany(shelf => shelf.TakeSurplus(0))];
            _shelves.Clear();
        }

        await Task.WhenAll(stems.Select(stem => stem.DiscardAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
        }

        await _stopping.CancelAsync();
        await _making;
        await _leaving;
        await ClearAsync();
    }

    async Task MakeAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                Task wanted;
                lock (_gate)
                    wanted = _wanted.Task;
                await DiscardSurplusAsync();
                if (NextShelf() is { } shelf)
                    await MakeOneAsync(shelf);
                else
                    await Task.WhenAny(wanted, Task.Delay(s_lookEvery, _time, _stopping.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        catch (Exception bug)
        {
            MakingFailed(bug);
        }
    }

    async Task MakeOneAsync(StemShelf shelf)
    {
        await YieldToColdStartsAsync();
        Stem? stem = null;
        try
        {
            stem = await Stem.MakeAheadAsync(_parts, shelf.Shape, s_longestMaking);
        }
        catch (SandboxException refused)
        {
            NoStem(shelf.Shape.Name, refused.Message);
        }

        var kept = false;
        lock (_gate)
        {
            shelf.Making--;
            shelf.NotBefore = stem is null ? _time.GetTimestamp() : null;
            // A reset may have cleared the shelves meanwhile.
            if (stem is not null && !_closed && _shelves.GetValueOrDefault(shelf.Shape.Key) == shelf)
            {
                stem.Share = _memory.Count(stem.Sandbox.ReadMemory().CurrentBytes);
                shelf.Add(stem);
                kept = true;
            }
        }

        if (stem is not null && !kept)
            await stem.DiscardAsync();
    }

    async Task YieldToColdStartsAsync()
    {
        Task? quiet;
        lock (_gate)
            quiet = _quiet?.Task;
        if (quiet is not null)
            await quiet.WaitAsync(s_longestYield, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The shelf that lacks most, unless the budget is spent.</summary>
    StemShelf? NextShelf()
    {
        lock (_gate)
        {
            if (_closed)
                return null;
            var next = _shelves.Values
                .Where(shelf => shelf.NotBefore is not { } failed || _time.GetElapsedTime(failed) >= s_pauseAfterFailure)
                .Select(shelf => (Shelf: shelf, Lack: shelf.Target(_options, _time) - shelf.Ready - shelf.Making))
                .Where(entry => entry.Lack > 0)
                .OrderByDescending(entry => entry.Lack)
                .Select(entry => entry.Shelf)
                .FirstOrDefault();
            if (next is null || MemoryLocked() >= (long)_options.MemoryBudgetMegabytes << 20 || !_memory.HasRoom(RoomToMake))
                return null;
            next.Making++;
            return next;
        }
    }

    long MemoryLocked() => _shelves.Values.SelectMany(shelf => shelf.Stems).Sum(stem => stem.Sandbox.ReadMemory().CurrentBytes);

    async Task DiscardSurplusAsync()
    {
        List<Stem> surplus = [];
        lock (_gate)
        {
            foreach (var (key, shelf) in _shelves)
            {
                var target = shelf.Target(_options, _time);
                surplus.AddRange(shelf.TakeSurplus(target));
                if (target == 0 && shelf is { Ready: 0, Making: 0 })
                    _shelves.Remove(key);
            }
        }

        await Task.WhenAll(surplus.Select(stem => stem.DiscardAsync()));
    }

    StemShelf ShelfOfLocked(StemShape shape)
    {
        if (!_shelves.TryGetValue(shape.Key, out var shelf))
            _shelves[shape.Key] = shelf = new StemShelf(shape);
        return shelf;
    }

    void WakeLocked()
    {
        _wanted.TrySetResult();
        _wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No stem for {Shape} could be made; cold starts do without (Stems:Enabled=false silences this): {Reason}")]
    partial void NoStem(string shape, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Stems are no longer made; cold starts do without")]
    partial void MakingFailed(Exception bug);

    /// <summary>One cold start that is under way.</summary>
    internal readonly struct ColdStart(StemPool pool) : IDisposable
    {
        public void Dispose() => pool.EndColdStart();
    }
}

/// <summary>How many stems of a kind are ready, and how many are wanted.</summary>
public sealed record StemLevel(string Shape, int Ready, int Target);
