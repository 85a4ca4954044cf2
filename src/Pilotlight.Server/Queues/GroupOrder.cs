namespace Pilotlight.Queues;

/// <summary>The messages of one group that wait, in the order in which they were sent.</summary>
sealed class MessageGroup(string name)
{
    public string Name => name;

    public LinkedList<MessageEntry> Waiting { get; } = new();

    /// <summary>Messages that were taken and have neither left nor come back: the group waits for them.</summary>
    public int Taken;

    public bool IsListed;
}

/// <summary>FIFO: order within a group, and a group waits while a message of it is in flight. Groups take turns.</summary>
sealed class GroupOrder : IMessageOrder
{
    readonly Dictionary<string, MessageGroup> _groups = new(StringComparer.Ordinal);
    readonly Queue<MessageGroup> _available = new();

    public int Count { get; private set; }

    /// <summary>Whether a group may have a message for the next receive.</summary>
    public bool HasAvailable => _available.Count > 0;

    /// <summary>The group of a new entry.</summary>
    public MessageGroup GroupOf(string name)
    {
        if (!_groups.TryGetValue(name, out var group))
            _groups.Add(name, group = new MessageGroup(name));
        return group;
    }

    public void Add(MessageEntry entry)
    {
        var group = entry.Group!;
        _groups.TryAdd(group.Name, group);
        // New ones stand at the end; those that come back nearly always in front.
        if (group.Waiting.Last is null || group.Waiting.Last.Value.Sequence < entry.Sequence)
        {
            entry.Place = group.Waiting.AddLast(entry);
        }
        else
        {
            var next = group.Waiting.First!;
            while (next.Value.Sequence < entry.Sequence)
                next = next.Next!;
            entry.Place = group.Waiting.AddBefore(next, entry);
        }

        Count++;
        List(group);
    }

    public void Remove(MessageEntry entry)
    {
        entry.Group!.Waiting.Remove(entry.Place!);
        entry.Place = null;
        entry.Stamp++;
        Count--;
        entry.Group.Taken++;
    }

    public void Take(int max, long now, List<MessageEntry> into)
    {
        for (var turns = _available.Count; turns > 0 && into.Count < max && _available.TryDequeue(out var group); turns--)
        {
            group.IsListed = false;
            if (group.Taken > 0)
                continue;
            while (into.Count < max && group.Waiting.First is { } first && first.Value.VisibleAt <= now)
            {
                var entry = first.Value;
                group.Waiting.RemoveFirst();
                entry.Place = null;
                entry.Stamp++;
                Count--;
                group.Taken++;
                into.Add(entry);
            }
        }
    }

    public void Release(MessageEntry entry)
    {
        var group = entry.Group!;
        group.Taken--;
        List(group);
        Forget(group);
    }

    public void Wake(MessageEntry entry) => List(entry.Group!);

    public void Clear()
    {
        _groups.Clear();
        _available.Clear();
        Count = 0;
    }

    void List(MessageGroup group)
    {
        if (group.IsListed || group.Taken > 0 || group.Waiting.Count == 0)
            return;
        group.IsListed = true;
        _available.Enqueue(group);
    }

    void Forget(MessageGroup group)
    {
        if (group.Taken == 0 && group.Waiting.Count == 0)
            _groups.Remove(group.Name);
    }
}
