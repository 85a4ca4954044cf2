namespace Pilotlight.Topics;

/// <summary>
/// The deliveries to one subscription: so many at a time, those of a group one after the other, failed ones when they are due. Lanes know
/// nothing of each other, so a slow endpoint holds nobody else's messages.
/// </summary>
sealed class DeliveryLane(TimeProvider time, Action<DeliveryLane, PendingDelivery> start) : IDisposable
{
    readonly Lock _gate = new();
    readonly Queue<PendingDelivery> _ready = [];
    readonly PriorityQueue<PendingDelivery, (DateTimeOffset Due, long Id)> _waiting = new();

    /// <summary>What comes after the delivery of a group that is under way.</summary>
    readonly Dictionary<string, Queue<PendingDelivery>> _behind = new(StringComparer.Ordinal);

    ITimer? _timer;
    DateTimeOffset _nextStart;
    int _inFlight;
    bool _closed;
    bool _retired;

    /// <summary>Deliveries at once.</summary>
    public int Width { get; set; } = 1;

    /// <summary>The shortest time between two, as a delivery policy's throttle wants it.</summary>
    public TimeSpan Spacing { get; set; }

    /// <summary>False when the lane was retired: the delivery needs another one.</summary>
    public bool TryAdd(PendingDelivery delivery)
    {
        lock (_gate)
        {
            if (_retired)
                return false;
            if (_closed)
                return true;
            if (delivery.Group is { } group)
            {
                if (_behind.TryGetValue(group, out var behind))
                {
                    behind.Enqueue(delivery);
                    return true;
                }

                _behind.Add(group, []);
            }

            EnqueueLocked(delivery);
        }

        Pump();
        return true;
    }

    /// <summary>Nothing is waited for any more: what failed is tried at once.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            while (_waiting.TryDequeue(out var delivery, out _))
                _ready.Enqueue(delivery);
        }

        Pump();
    }

    /// <summary>Closes the lane if nothing is in it; nothing is added to it then.</summary>
    public bool TryRetire()
    {
        lock (_gate)
        {
            if (_inFlight + _ready.Count + _waiting.Count + _behind.Count > 0)
                return false;
            _retired = _closed = true;
            _timer?.Dispose();
            _timer = null;
            return true;
        }
    }

    /// <summary>The attempt failed: another one when it is due.</summary>
    public void Again(PendingDelivery delivery)
    {
        lock (_gate)
        {
            _inFlight--;
            if (!_closed)
                EnqueueLocked(delivery);
        }

        Pump();
    }

    /// <summary>Nothing more is to be done for it.</summary>
    public void End(PendingDelivery delivery)
    {
        lock (_gate)
        {
            _inFlight--;
            if (delivery.Group is { } group && _behind.TryGetValue(group, out var behind))
            {
                if (behind.TryDequeue(out var next))
                    EnqueueLocked(next);
                else
                    _behind.Remove(group);
            }
        }

        Pump();
    }

    /// <summary>Starts nothing any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _timer?.Dispose();
            _timer = null;
            _ready.Clear();
            _waiting.Clear();
            _behind.Clear();
        }
    }

    void EnqueueLocked(PendingDelivery delivery)
    {
        if (delivery.Due <= time.GetUtcNow())
            _ready.Enqueue(delivery);
        else
            _waiting.Enqueue(delivery, (delivery.Due, delivery.Id));
    }

    void Pump()
    {
        List<PendingDelivery>? starting = null;
        lock (_gate)
        {
            if (_closed)
                return;
            var now = time.GetUtcNow();
            while (_waiting.TryPeek(out var delivery, out _) && delivery.Due <= now)
                _ready.Enqueue(_waiting.Dequeue());
            while (_inFlight < Width && (Spacing == TimeSpan.Zero || _nextStart <= now) && _ready.TryDequeue(out var next))
            {
                _inFlight++;
                _nextStart = now + Spacing;
                (starting ??= []).Add(next);
            }

            WakeLocked(now);
        }

        foreach (var delivery in starting ?? [])
            start(this, delivery);
    }

    void WakeLocked(DateTimeOffset now)
    {
        DateTimeOffset? wake = _waiting.TryPeek(out var first, out _) ? first.Due : null;
        if (_ready.Count > 0 && _inFlight < Width && (wake is null || _nextStart < wake))
            wake = _nextStart;
        if (wake is not { } due)
            return;
        _timer ??= time.CreateTimer(static lane => ((DeliveryLane)lane!).Pump(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A timer must not fire before the delivery is due.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((due - now).TotalMilliseconds), 1, 3_600_000)), Timeout.InfiniteTimeSpan);
    }
}
