namespace Pilotlight.Environments;

/// <summary>The stems of one shape, and how many of them are wanted. Its owner, the pool, holds the lock for all it does.</summary>
sealed class StemShelf(StemShape shape)
{
    readonly List<Stem> _ready = [];
    readonly Queue<long> _taken = new();

    public StemShape Shape => shape;

    public int Ready => _ready.Count;

    public int Making { get; set; }

    /// <summary>Timestamp of the last function that wanted one, or might want one soon.</summary>
    public long LastWanted { get; private set; }

    /// <summary>Timestamp before which no more are made, because the last could not be.</summary>
    public long? NotBefore { get; set; }

    public IReadOnlyList<Stem> Stems => _ready;

    public void Want(long now) => LastWanted = now;

    public Stem? TakeLocked(long now, TimeProvider time)
    {
        LastWanted = now;
        _taken.Enqueue(now);
        ForgetOldTakes(time);
        if (_ready.Count == 0)
            return null;
        var stem = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        return stem;
    }

    public void Add(Stem stem) => _ready.Add(stem);

    /// <summary>As many as were taken within the last moments, between the two bounds.</summary>
    public int Target(StemsOptions options, TimeProvider time)
    {
        ForgetOldTakes(time);
        return time.GetElapsedTime(LastWanted) >= options.Keep ? 0 : Math.Clamp(_taken.Count, Math.Min(options.Floor, options.Most), options.Most);
    }

    /// <summary>The dead, and those above the target, oldest first.</summary>
    public List<Stem> TakeSurplus(int target)
    {
        var surplus = _ready.FindAll(stem => !stem.IsAlive);
        _ready.RemoveAll(surplus.Contains);
        var tooMany = Math.Max(0, _ready.Count - target);
        surplus.AddRange(_ready[..tooMany]);
        _ready.RemoveRange(0, tooMany);
        return surplus;
    }

    /// <summary>The oldest; for whoever needs its memory more.</summary>
    public Stem? GiveUpOldest()
    {
        if (_ready.Count == 0)
            return null;
        var oldest = _ready[0];
        _ready.RemoveAt(0);
        return oldest;
    }

    void ForgetOldTakes(TimeProvider time)
    {
        while (_taken.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > TimeSpan.FromSeconds(10))
            _taken.Dequeue();
    }
}
