namespace Pilotlight.Queues;

/// <summary>First come, first served; a message that is visible again stands at the end.</summary>
sealed class StandardOrder : IMessageOrder
{
    readonly Queue<(MessageEntry Entry, int Stamp)> _line = new();

    public int Count { get; private set; }

    public void Add(MessageEntry entry)
    {
        _line.Enqueue((entry, entry.Stamp));
        Count++;
    }

    /// <summary>Its place is left empty: the stamp there is no longer the entry's.</summary>
    public void Remove(MessageEntry entry)
    {
        entry.Stamp++;
        Count--;
    }

    public void Take(int max, long now, List<MessageEntry> into)
    {
        while (into.Count < max && _line.TryDequeue(out var next))
        {
            if (next.Stamp != next.Entry.Stamp)
                continue;
            next.Entry.Stamp++;
            Count--;
            into.Add(next.Entry);
        }
    }

    public void Release(MessageEntry entry)
    {
    }

    public void Wake(MessageEntry entry)
    {
    }

    public void Clear()
    {
        _line.Clear();
        Count = 0;
    }
}
