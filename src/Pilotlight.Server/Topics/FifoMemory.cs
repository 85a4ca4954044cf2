using System.Globalization;

namespace Pilotlight.Topics;

/// <summary>Of every FIFO topic: the number of its last message, and the messages of the last five minutes, whose doubles are not taken again.</summary>
sealed class FifoMemory
{
    /// <summary>Numbers are reserved on disk this many at a time.</summary>
    const long Reserve = 10_000;

    static readonly TimeSpan s_window = TimeSpan.FromMinutes(5);

    readonly DeliveryStore _store;
    readonly TimeProvider _time;
    readonly Lock _gate = new();
    readonly Dictionary<string, Memory> _topics = new(StringComparer.Ordinal);

    public FifoMemory(DeliveryStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        foreach (var (topic, reserved) in store.LoadSequences())
            _topics.Add(topic, new Memory { Last = reserved, Reserved = reserved });
        foreach (var message in store.LoadRemembered())
            OfLocked(message.TopicArn).Remember(message.Key, new Published(message.MessageId, message.SequenceNumber), message.Expires, Task.CompletedTask);
    }

    /// <summary>
    /// Numbers a message and has it sent, in the order in which callers come; of a message that is remembered, hands out what it was given
    /// then.
    /// </summary>
    /// <param name="send">Queues the numbered message for the disk; called once, and not for a double.</param>
    /// <returns>With the task that completes when it is on disk.</returns>
    public (Published Published, Task Stored) Take(string topicArn, string key, TopicMessage message, Func<TopicMessage, Task> send)
    {
        lock (_gate)
        {
            var memory = OfLocked(topicArn);
            var now = _time.GetUtcNow();
            if (memory.Forget(now))
                _ = _store.ForgetAsync(now).AsTask();
            if (memory.Find(key) is { } known)
                return known;
            var reserving = Task.CompletedTask;
            if (memory.Last == memory.Reserved)
            {
                memory.Reserved += Reserve;
                reserving = _store.ReserveAsync(topicArn, memory.Reserved);
            }

            var published = new Published(message.MessageId, string.Create(CultureInfo.InvariantCulture, $"1{++memory.Last:D19}"));
            var remembering = _store.RememberAsync(new Remembered(topicArn, key, published.MessageId, published.SequenceNumber!, now + s_window));
            var stored = Task.WhenAll(reserving, remembering, send(message with { SequenceNumber = published.SequenceNumber }));
            memory.Remember(key, published, now + s_window, stored);
            return (published, stored);
        }
    }

    /// <summary>The topic is gone; its numbers go on, should another of its name come.</summary>
    public void Forget(string topicArn)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(topicArn, out var memory))
                return;
            memory.Clear();
            _ = _store.ForgetTopicAsync(topicArn).AsTask();
        }
    }

    public void Clear()
    {
        lock (_gate)
            _topics.Clear();
    }

    Memory OfLocked(string topicArn)
    {
        if (!_topics.TryGetValue(topicArn, out var memory))
            _topics.Add(topicArn, memory = new Memory());
        return memory;
    }

    sealed class Memory
    {
        readonly Dictionary<string, (Published Published, Task Stored)> _messages = new(StringComparer.Ordinal);
        readonly Queue<(DateTimeOffset Expires, string Key)> _expiring = [];

        public long Last { get; set; }

        public long Reserved { get; set; }

        public (Published Published, Task Stored)? Find(string key)
        {
            // What the disk refused was never taken.
            if (!_messages.TryGetValue(key, out var known) || known.Stored.IsFaulted)
                return null;
            return known;
        }

        public void Remember(string key, Published published, DateTimeOffset expires, Task stored)
        {
            _messages[key] = (published, stored);
            _expiring.Enqueue((expires, key));
        }

        /// <summary>Whether anything was old enough.</summary>
        public bool Forget(DateTimeOffset now)
        {
            var any = false;
            while (_expiring.TryPeek(out var oldest) && oldest.Expires <= now)
            {
                _messages.Remove(_expiring.Dequeue().Key);
                any = true;
            }

            return any;
        }

        public void Clear()
        {
            _messages.Clear();
            _expiring.Clear();
        }
    }
}
