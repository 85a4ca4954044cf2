namespace Pilotlight.Queues;

/// <summary>The messages of a queue that wait in memory, and which of them are next. Guarded by the queue's lock.</summary>
interface IMessageOrder
{
    int Count { get; }

    /// <summary>A new message, or one that is visible again.</summary>
    void Add(MessageEntry entry);

    /// <summary>Takes this message, wherever it stands.</summary>
    void Remove(MessageEntry entry);

    /// <summary>The next messages, at most so many.</summary>
    void Take(int max, long now, List<MessageEntry> into);

    /// <summary>A message that was taken has left the queue, or is about to be added again.</summary>
    void Release(MessageEntry entry);

    /// <summary>A message's delay is over.</summary>
    void Wake(MessageEntry entry);

    void Clear();
}
