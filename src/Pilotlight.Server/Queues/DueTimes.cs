namespace Pilotlight.Queues;

/// <summary>
/// When messages in flight become visible again. Nothing is taken out early: what has another stamp by then is not meant any more, and
/// the heap is made anew when it is mostly such.
/// </summary>
sealed class DueTimes
{
    readonly PriorityQueue<(MessageEntry Entry, int Stamp), long> _heap = new();

    /// <summary>Unix milliseconds of the first, which may be one that is not meant any more; <see cref="long.MaxValue"/> for none.</summary>
    public long First => _heap.TryPeek(out _, out var due) ? due : long.MaxValue;

    /// <param name="live">How many are meant at the most.</param>
    public void Add(MessageEntry entry, int live)
    {
        if (_heap.Count > 2 * live + 1024)
            Sift();
        _heap.Enqueue((entry, entry.Stamp), entry.VisibleAt);
    }

    /// <summary>The next one whose time has come, or null.</summary>
    public MessageEntry? TryTake(long now)
    {
        while (_heap.TryPeek(out var next, out var due) && due <= now)
        {
            _heap.Dequeue();
            if (next.Entry.State == EntryState.InFlight && next.Entry.Stamp == next.Stamp)
                return next.Entry;
        }

        return null;
    }

    public void Clear() => _heap.Clear();

    void Sift()
    {
        var meant = _heap.UnorderedItems.Where(static item => item.Element.Entry.State == EntryState.InFlight && item.Element.Entry.Stamp == item.Element.Stamp).ToList();
        _heap.Clear();
        _heap.EnqueueRange(meant);
    }
}
