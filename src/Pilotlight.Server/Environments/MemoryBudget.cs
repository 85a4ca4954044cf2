using Pilotlight.Api;
using Pilotlight.Concurrency;

namespace Pilotlight.Environments;

/// <summary>
/// The memory that all environments have together. One that starts or runs is promised what its function has set; one that is frozen
/// counts for what it holds, as a stem does. No more is promised than the budget has, and nothing while the machine itself runs short; who
/// finds no room has stems given up and idle environments ended, those that cost least to lose first, then waits a little, in the order of
/// arrival.
/// </summary>
sealed class MemoryBudget : IMetricSource
{
    /// <summary>
    /// How old the kernel's answer may be for one that starts, and for one that is thawed. To ask takes as long as to thaw, so the second is
    /// more than the time between two <see cref="LookAgain"/>.
    /// </summary>
    static readonly TimeSpan s_newForStart = TimeSpan.FromMilliseconds(250), s_newForThaw = TimeSpan.FromSeconds(3);

    readonly Lock _gate = new();
    readonly LinkedList<(long Bytes, TaskCompletionSource<bool> Placed)> _waiting = [];
    readonly TimeSpan _wait;
    readonly long _least;
    readonly TimeProvider _time;
    long _promised;
    long _available;
    long? _askedAt;
    long _evicted;
    long _refused;

    public MemoryBudget(EnvironmentsOptions options, TimeProvider time)
    {
        (_wait, _time) = (options.PlacementWait, time);
        Bytes = options.MemoryBudgetMegabytes > 0
            ? options.MemoryBudgetMegabytes << 20
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * 2;
        _least = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 20;
    }

    public long Bytes { get; }

    public long Promised => Volatile.Read(ref _promised);

    /// <summary>Ends idle environments that hold so many bytes; returns how many it ended. Their memory comes back when they are gone.</summary>
    public Func<long, int> Evict { get; set; } = static _ => 0;

    /// <summary>
    /// Gives up stems that hold so many bytes, before any environment has to go; returns what they hold, which comes back when they are gone.
    /// </summary>
    public Func<long, long> GiveUpStems { get; set; } = static _ => 0;

    public IEnumerable<Metric> Read() =>
    [
        new("memory_budget_bytes", "Memory that environments may have together.", Bytes),
        new("memory_promised_bytes", "Memory that they were promised.", Promised),
        new("evictions_total", "Idle environments that were ended to make room.", Volatile.Read(ref _evicted)),
        new("placement_refusals_total", "Invocations for which there was no room.", Volatile.Read(ref _refused)),
    ];

    /// <summary>A share for an environment that is to start; null when there was no room for it in time.</summary>
    public async ValueTask<MemoryShare?> ReserveAsync(long bytes) => await TakeAsync(bytes, s_newForStart) ? new MemoryShare(this, bytes) : null;

    /// <summary>Whether so much could be had at once: what is made ahead of need never waits, and takes nothing from those who do.</summary>
    public bool HasRoom(long bytes)
    {
        lock (_gate)
            return _waiting.Count == 0 && _promised + bytes <= Bytes && HasMachineRoom(s_newForStart);
    }

    /// <summary>A share for something that is there already.</summary>
    public MemoryShare Count(long bytes)
    {
        lock (_gate)
            _promised += bytes;
        return new MemoryShare(this, bytes);
    }

    /// <summary>Asks the kernel ahead of need; called once a second.</summary>
    public void LookAgain()
    {
        var available = AvailableBytes();
        lock (_gate)
            (_available, _askedAt) = (available, _time.GetTimestamp());
    }

    /// <summary>Room for a frozen environment to run again.</summary>
    internal ValueTask<bool> TakeBackAsync(long bytes) => TakeAsync(bytes, s_newForThaw);

    ValueTask<bool> TakeAsync(long bytes, TimeSpan mostAge)
    {
        LinkedListNode<(long Bytes, TaskCompletionSource<bool> Placed)> place;
        long over;
        lock (_gate)
        {
            if (_waiting.Count == 0 && _promised + bytes <= Bytes && HasMachineRoom(mostAge))
            {
                _promised += bytes;
                return new ValueTask<bool>(true);
            }

            if (bytes > Bytes)
            {
                _refused++;
                return new ValueTask<bool>(false);
            }

            place = _waiting.AddLast((bytes, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)));
            over = _promised + _waiting.Sum(static waiting => waiting.Bytes) - Bytes;
        }

        // Where the budget has room it is the machine that is short.
        var wanted = over > 0 ? over : bytes;
        var given = GiveUpStems(wanted);
        if (given < wanted)
            Interlocked.Add(ref _evicted, Evict(Math.Max(bytes, over) - given));
        return new ValueTask<bool>(WaitAsync(place));
    }

    internal void Give(long bytes)
    {
        lock (_gate)
        {
            _promised -= bytes;
            while (_waiting.First is { } first && _promised + first.Value.Bytes <= Bytes)
            {
                _waiting.RemoveFirst();
                _promised += first.Value.Bytes;
                first.Value.Placed.SetResult(true);
            }
        }
    }

    bool HasMachineRoom(TimeSpan mostAge)
    {
        if (_askedAt is not { } asked || _time.GetElapsedTime(asked) >= mostAge)
            (_available, _askedAt) = (AvailableBytes(), _time.GetTimestamp());
        return _available >= _least;
    }

    /// <summary>What the kernel could give without swapping; all there can be where it does not say.</summary>
    static long AvailableBytes()
    {
        const string key = "MemAvailable:";
        try
        {
            foreach (var line in File.ReadLines("/proc/meminfo"))
            {
                if (line.StartsWith(key, StringComparison.Ordinal) && line.AsSpan(key.Length).Trim() is [.. var number, ' ', 'k', 'B'] && long.TryParse(number, out var kilobytes))
                    return kilobytes << 10;
            }
        }
        catch (IOException)
        {
            // Then the promises alone count.
        }

        return long.MaxValue;
    }

    async Task<bool> WaitAsync(LinkedListNode<(long Bytes, TaskCompletionSource<bool> Placed)> place)
    {
        using var waited = new CancellationTokenSource(_wait, _time);
        await using var _ = waited.Token.UnsafeRegister(_ =>
        {
            lock (_gate)
            {
                if (place.List is null)
                    return;
                _waiting.Remove(place);
                _refused++;
            }

            place.Value.Placed.TrySetResult(false);
            // Who stood behind it may have room.
            Give(0);
        }, null);
        return await place.Value.Placed.Task;
    }
}

/// <summary>What says whether one more environment may start: the rate of its function, and memory.</summary>
sealed class Placement(ConcurrencyLimiter limiter, MemoryBudget memory)
{
    public ConcurrencyLimiter Limiter => limiter;

    public MemoryBudget Memory => memory;
}

/// <summary>What one environment was promised. Its owner changes it, one change at a time.</summary>
sealed class MemoryShare(MemoryBudget budget, long whole) : IDisposable
{
    /// <summary>What it gave back while it is frozen.</summary>
    long _lent;

    /// <summary>Whether the environment may run.</summary>
    public bool IsWhole => Volatile.Read(ref _lent) == 0;

    /// <summary>The environment is frozen, and cannot take more than it holds.</summary>
    public void ShrinkTo(long held)
    {
        var lent = whole - Math.Clamp(held, 0, whole);
        var before = Interlocked.Exchange(ref _lent, lent);
        if (before != lent)
            budget.Give(lent - before);
    }

    /// <summary>Before the environment runs again; false when there was no room for it in time.</summary>
    public async ValueTask<bool> GrowAsync()
    {
        var lent = Volatile.Read(ref _lent);
        if (lent != 0 && !await budget.TakeBackAsync(lent))
            return false;
        Volatile.Write(ref _lent, 0);
        return true;
    }

    public void Dispose() => ShrinkTo(0);
}
