namespace Pilotlight.EventBuses;

/// <summary>
/// Deliveries that may go now, a lane a target. Lanes take turns, and none has more than its share under way: a slow target keeps
/// nobody else waiting. What does not fit into memory stays on disk only.
/// </summary>
sealed class DeliveryQueue(int concurrency, int concurrencyPerTarget)
{
    const int MaxHeld = 10_000;
    const long MaxHeldBytes = 64 * 1024 * 1024;

    readonly Lock _gate = new();
    readonly Dictionary<string, Lane> _lanes = [];
    readonly Queue<Lane> _ready = [];
    readonly HashSet<long> _held = [];
    long _heldBytes;
    int _running;
    bool _closed;

    /// <summary>Whether something was left on disk for want of room.</summary>
    public bool HasSpilled { get; private set; }

    public bool HasRoom
    {
        get
        {
            lock (_gate)
                return _held.Count < MaxHeld / 2 && _heldBytes < MaxHeldBytes / 2;
        }
    }

    public int Running
    {
        get
        {
            lock (_gate)
                return _running;
        }
    }

    /// <summary>False when it has no room, or is here already.</summary>
    public bool TryAdd(PendingDelivery delivery)
    {
        lock (_gate)
        {
            if (_closed || _held.Contains(delivery.Id))
                return false;
            if (_held.Count >= MaxHeld || _heldBytes >= MaxHeldBytes)
            {
                HasSpilled = true;
                return false;
            }

            _held.Add(delivery.Id);
            _heldBytes += delivery.Payload.Length;
            if (!_lanes.TryGetValue(delivery.Lane, out var lane))
                _lanes[delivery.Lane] = lane = new Lane(delivery.Lane);
            lane.Waiting.Enqueue(delivery);
            ReadyLocked(lane);
            return true;
        }
    }

    public bool Holds(long id)
    {
        lock (_gate)
            return _held.Contains(id);
    }

    /// <summary>Forgets that something was left on disk: whoever asks is about to look there.</summary>
    public void ClearSpilled() => HasSpilled = false;

    /// <summary>The next to go, or null. <see cref="End"/> must follow.</summary>
    public PendingDelivery? TryTake()
    {
        lock (_gate)
        {
            if (_closed || _running >= concurrency || !_ready.TryDequeue(out var lane))
                return null;
            lane.IsReady = false;
            lane.Running++;
            _running++;
            var delivery = lane.Waiting.Dequeue();
            ReadyLocked(lane);
            return delivery;
        }
    }

    public void End(PendingDelivery delivery, string laneName)
    {
        lock (_gate)
        {
            _running--;
            _held.Remove(delivery.Id);
            _heldBytes -= delivery.Payload.Length;
            var lane = _lanes[laneName];
            lane.Running--;
            ReadyLocked(lane);
            if (lane is { Running: 0, Waiting.Count: 0 })
                _lanes.Remove(laneName);
        }
    }

    /// <summary>Nothing goes any more.</summary>
    public void Close()
    {
        lock (_gate)
            _closed = true;
    }

    /// <summary>Forgets what waits.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _ready.Clear();
            foreach (var lane in _lanes.Values)
            {
                foreach (var delivery in lane.Waiting)
                {
                    _held.Remove(delivery.Id);
                    _heldBytes -= delivery.Payload.Length;
                }

                lane.Waiting.Clear();
                lane.IsReady = false;
            }

            foreach (var idle in _lanes.Values.Where(lane => lane.Running == 0).ToList())
                _lanes.Remove(idle.Name);
        }
    }

    void ReadyLocked(Lane lane)
    {
        if (lane.IsReady || lane.Waiting.Count == 0 || lane.Running >= concurrencyPerTarget)
            return;
        lane.IsReady = true;
        _ready.Enqueue(lane);
    }

    sealed class Lane(string name)
    {
        public string Name => name;
        public Queue<PendingDelivery> Waiting { get; } = [];
        public int Running { get; set; }
        public bool IsReady { get; set; }
    }
}
