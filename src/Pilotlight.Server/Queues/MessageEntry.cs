namespace Pilotlight.Queues;

enum EntryState
{
    /// <summary>May be received, or will be when its delay is over.</summary>
    Waiting,
    InFlight,

    /// <summary>On its way to another queue, or out of this one: neither visible nor to be made so.</summary>
    Leaving,
    Gone,
}

/// <summary>A message that a queue has in memory: what decides about it, and its content while there is room. Guarded by the queue's lock.</summary>
sealed class MessageEntry(long sequence)
{
    public long Sequence { get; } = sequence;

    public EntryState State;

    /// <summary>Null when it must be read from disk.</summary>
    public StoredMessage? Content;

    /// <summary>FIFO queues.</summary>
    public MessageGroup? Group;

    /// <summary>Its place in the group while it waits.</summary>
    public LinkedListNode<MessageEntry>? Place;

    /// <summary>Unix milliseconds; 0 when not known yet (a delayed message is a number until it is received).</summary>
    public long Sent;

    /// <summary>When it becomes visible: the end of its delay, or of the visibility timeout.</summary>
    public long VisibleAt;

    public int Receives;

    public long FirstReceived;

    public long LastReceived;

    /// <summary>Changes whenever what was noted about the entry elsewhere (a timer, a place in a line) is no longer meant.</summary>
    public int Stamp;

    /// <summary>The database has its receives.</summary>
    public bool IsCounted;
}
