namespace Pilotlight.Queues;

public sealed partial class Queue
{
    const int MaxRefillBytes = 4 << 20;

    Task? _refill;

    /// <summary>Messages on disk that were deleted while a refill, which may have read them, runs.</summary>
    readonly HashSet<long> _deletedOnDisk = [];

    /// <summary>When the window runs low; and a FIFO queue looks further while all groups in it are in flight.</summary>
    bool NeedsRefillLocked => _isSpilled && !_isDeleted
        && (_order.Count < LowWindow || (_groups is { HasAvailable: false } && _order.Count < FifoWindow));

    /// <summary>The refill that runs, or a new one.</summary>
    Task RefillLocked() => _refill ??= Task.Run(Refill);

    /// <summary>Reads the next messages into the window.</summary>
    void Refill()
    {
        try
        {
            QueueRange range;
            int limit, generation;
            lock (_gate)
            {
                range = new QueueRange(Number, _cursor, _arrived);
                limit = (IsFifo ? FifoWindow : StandardWindow) - _order.Count;
                generation = _generation;
            }

            var (messages, isAll) = _parts.Store.Read(range, IsFifo ? long.MaxValue : _openedAt, limit, MaxRefillBytes);
            lock (_gate)
            {
                if (generation == _generation)
                    ApplyLocked(messages, isAll ? range.Through : messages[^1].Sequence);
            }
        }
        finally
        {
            lock (_gate)
            {
                _refill = null;
                _deletedOnDisk.Clear();
            }
        }
    }

    void ApplyLocked(List<LoadedMessage> messages, long through)
    {
        foreach (var loaded in messages)
        {
            if (_entries.ContainsKey(loaded.Sequence) || _deletedOnDisk.Contains(loaded.Sequence))
                continue;
            var entry = new MessageEntry(loaded.Sequence)
            {
                Sent = loaded.Message.SentMilliseconds,
                VisibleAt = loaded.Due,
                Receives = loaded.Receives,
                FirstReceived = loaded.FirstReceived,
                IsCounted = loaded.Receives > 0,
            };
            AddLocked(entry, loaded.Message);
        }

        _cursor = through;
        _isSpilled = _cursor < _arrived;
        DeliverLocked(Now);
    }
}
