using Pilotlight.Functions;

namespace Pilotlight.Invocations.Events;

/// <summary>
/// The events of one function. The oldest that are due stand in memory, as far as there is room; all of them are on disk, and are read
/// from there when the others have gone. At most so many run at once as the function took without being throttled.
/// </summary>
sealed class EventLane(FunctionKey function, EventStore store, TimeProvider time, RetryRules rules)
{
    const int MaxReady = 512;
    const int MaxReadyBytes = 8 * 1024 * 1024;
    const int FirstLimit = 8;

    /// <summary>A slow function never ends anything soon: while it fills its places it gets more of them after this long.</summary>
    static readonly TimeSpan s_growth = TimeSpan.FromMilliseconds(250);

    readonly Lock _gate = new();
    readonly LinkedList<WaitingEvent> _ready = [];

    /// <summary>Ids in memory: ready, running, or on their way out of the database.</summary>
    readonly HashSet<long> _known = [];

    /// <summary>Ids that left memory while the database was read: what was read may still name them.</summary>
    HashSet<long>? _left;

    long _readyBytes;
    bool _moreOnDisk;
    int _spills;
    DateTimeOffset? _nextDue;
    DateTimeOffset _restsUntil;
    DateTimeOffset _grownAt;
    int _throttles;
    int _faults;
    int _running;
    int _limit = FirstLimit;
    long _waiting;
    bool _isForgotten;

    public FunctionKey Function => function;

    /// <summary>Events on disk, the running ones included.</summary>
    public long Waiting => Volatile.Read(ref _waiting);

    public int Running => Volatile.Read(ref _running);

    /// <summary>Until when the function's events rest because it was throttled.</summary>
    public DateTimeOffset RestsUntil
    {
        get
        {
            lock (_gate)
                return _restsUntil;
        }
    }

    /// <summary>When the oldest event in memory was accepted; null when none waits.</summary>
    public DateTimeOffset? OldestReady
    {
        get
        {
            lock (_gate)
                return _ready.First?.Value.AcceptedAt;
        }
    }

    /// <summary>At start: so many are on disk.</summary>
    public void Found(long count, DateTimeOffset firstDue)
    {
        lock (_gate)
            (_waiting, _nextDue) = (count, firstDue);
    }

    /// <summary>The event is on disk now.</summary>
    public void Accepted(WaitingEvent accepted)
    {
        lock (_gate)
        {
            if (_isForgotten)
                return;
            _waiting++;
            if (_moreOnDisk || _ready.Count >= MaxReady || _readyBytes >= MaxReadyBytes)
                Spill();
            else if (_known.Add(accepted.Id))
                AddReady(accepted);
        }
    }

    /// <summary>
    /// The next event to run. Null: nothing is ready, or what is must wait; <paramref name="wake"/> then says for how long, if for a time.
    /// </summary>
    /// <param name="max">Most that may run at once.</param>
    public WaitingEvent? TryTake(int max, out TimeSpan? wake)
    {
        lock (_gate)
        {
            wake = null;
            var now = time.GetUtcNow();
            if (_nextDue <= now)
            {
                _nextDue = null;
                Spill();
            }

            if (_ready.First is not { } first)
            {
                wake = _nextDue - now;
                return null;
            }

            if (now < _restsUntil)
            {
                wake = _restsUntil - now;
                return null;
            }

            if (_running >= Math.Min(_limit, max))
            {
                if (_throttles > 0 || _limit >= max)
                    return null;
                if (now - _grownAt < s_growth)
                {
                    wake = s_growth - (now - _grownAt);
                    return null;
                }

                _limit = Math.Min(max, _limit * 2);
                _grownAt = now;
            }

            _ready.RemoveFirst();
            _readyBytes -= first.Value.Payload.Length;
            _running++;
            return first.Value;
        }
    }

    /// <summary>Whether the database should be read; answers once until <see cref="RefillAsync"/> has run.</summary>
    public bool WantsRefill()
    {
        lock (_gate)
        {
            if (!_moreOnDisk || _left is not null || _ready.Count > MaxReady / 4 || _readyBytes > MaxReadyBytes / 4)
                return false;
            _left = [];
            return true;
        }
    }

    /// <summary>Reads what is due from the database.</summary>
    public void Refill()
    {
        var read = new List<WaitingEvent>();
        var spills = 0;
        var limit = 0;
        DateTimeOffset? nextDue = null;
        try
        {
            var now = time.GetUtcNow();
            lock (_gate)
                (spills, limit) = (_spills, MaxReady + _known.Count);
            read = store.ReadDue(function, now, limit);
            nextDue = store.NextDue(function, now);
        }
        finally
        {
            lock (_gate)
            {
                var taken = 0;
                foreach (var waiting in read)
                {
                    if (_ready.Count >= MaxReady || _readyBytes >= MaxReadyBytes)
                        break;
                    taken++;
                    if (!_isForgotten && !_left!.Contains(waiting.Id) && _known.Add(waiting.Id))
                        AddReady(waiting);
                }

                if (read.Count < limit && taken == read.Count && spills == _spills)
                    _moreOnDisk = false;
                if (nextDue is { } due && !(_nextDue < due))
                    _nextDue = due;
                _left = null;
            }
        }
    }

    /// <summary>It has run, in whatever way; its place is free.</summary>
    public void Ran()
    {
        lock (_gate)
        {
            _running--;
            _throttles = 0;
            _restsUntil = default;
            _limit++;
        }
    }

    /// <summary>There was no concurrency for it: it goes back to the front, and all rest for a while.</summary>
    public void Throttled(WaitingEvent throttled)
    {
        lock (_gate)
        {
            _running--;
            _ready.AddFirst(throttled);
            _readyBytes += throttled.Payload.Length;
            var now = time.GetUtcNow();
            // Those that started together are throttled together, and that is one time.
            if (now >= _restsUntil)
                _restsUntil = now + rules.AfterThrottle(++_throttles);
            _limit = Math.Max(1, Math.Min(_limit, _running));
        }
    }

    /// <summary>It is over, and the database has forgotten it.</summary>
    public void Left(WaitingEvent gone)
    {
        lock (_gate)
        {
            _waiting--;
            _faults = 0;
            Forget(gone.Id);
        }
    }

    /// <summary>It waits on disk for its time.</summary>
    public void Postponed(WaitingEvent postponed, DateTimeOffset due)
    {
        lock (_gate)
        {
            Forget(postponed.Id);
            if (!(_nextDue < due))
                _nextDue = due;
        }
    }

    /// <summary>
    /// The platform failed (no sandbox could be made, the database could not be written), which costs the event no attempt: it goes back to
    /// the front, and all rest for a while.
    /// </summary>
    /// <returns>How often that happened without any event having come to its end between.</returns>
    public int Faulted(WaitingEvent waiting)
    {
        lock (_gate)
        {
            _ready.AddFirst(waiting);
            _readyBytes += waiting.Payload.Length;
            _restsUntil = time.GetUtcNow() + rules.AfterThrottle(++_faults);
            _limit = 1;
            return _faults;
        }
    }

    /// <summary>The function was deleted. What runs ends.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _isForgotten = true;
            _ready.Clear();
            _readyBytes = 0;
            _waiting = 0;
            _moreOnDisk = false;
            _nextDue = null;
        }
    }

    void AddReady(WaitingEvent waiting)
    {
        _ready.AddLast(waiting);
        _readyBytes += waiting.Payload.Length;
    }

    void Spill()
    {
        _moreOnDisk = true;
        _spills++;
    }

    void Forget(long id)
    {
        _known.Remove(id);
        _left?.Add(id);
    }
}
