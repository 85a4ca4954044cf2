using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>What queues share.</summary>
/// <param name="Find">Another queue, by ARN.</param>
/// <param name="Run">Tells this process's receipt handles from those of earlier ones.</param>
/// <param name="Content">Memory that contents of messages may take, over all queues.</param>
sealed record QueueParts(MessageStore Store, TimeProvider Time, Func<string, Queue?> Find, uint Run, ContentBudget Content);

/// <summary>
/// One queue: the owner of its messages. In memory is the head of the queue: a bounded window of small entries, refilled from disk;
/// whatever is in flight; and of every delayed message its number. A message is on disk before its send is acknowledged, and gone from
/// it before its delete is. That it is in flight is known in memory only: after a crash it is visible.
/// </summary>
public sealed partial class Queue
{
    internal const int MaxInFlight = 120_000;

    /// <summary>Messages in memory; for FIFO as many as AWS looks through for groups that are free.</summary>
    const int StandardWindow = 4000, FifoWindow = 120_000;

    const int LowWindow = 1000;

    readonly Lock _gate = new();
    readonly QueueParts _parts;
    readonly IMessageOrder _order;
    readonly GroupOrder? _groups;

    /// <summary>Everything in memory: what waits, is in flight or is leaving.</summary>
    readonly Dictionary<long, MessageEntry> _entries = [];

    readonly DueTimes _due = new();

    /// <summary>Numbers of delayed messages by the time they become visible.</summary>
    readonly PriorityQueue<long, long> _delayed = new();

    /// <summary>What delays end later than this were told to this process when they were sent, and need no reading.</summary>
    readonly long _openedAt;

    readonly ITimer _timer;
    long _timerDue = long.MaxValue;

    /// <summary>Messages up to this number are in memory, or are no more.</summary>
    long _cursor;

    /// <summary>There are messages behind <see cref="_cursor"/>, on disk only.</summary>
    bool _isSpilled;

    long _purged;
    long _purgedAt = long.MinValue;

    /// <summary>Changes when everything in memory becomes invalid.</summary>
    int _generation;

    long _count;
    int _inFlight;
    bool _isDeleted;

    internal Queue(QueueRecord record, QueueParts parts, QueueOnDisk disk)
    {
        (Key, Number, Nonce, Created, Settings, _parts) = (record.Key, record.Number, record.Nonce, record.Created, record.Settings, parts);
        IsFifo = Key.IsFifo;
        _groups = IsFifo ? new GroupOrder() : null;
        _duplicates = IsFifo ? new Deduplication() : null;
        _order = _groups ?? (IMessageOrder)new StandardOrder();
        _openedAt = disk.At;
        _count = disk.Count;
        _purged = disk.Purged;
        (_last, _reservedOnDisk, _arrived, _cursor) = (disk.Reserved, disk.Reserved, disk.Highest, disk.Purged);
        _isSpilled = _count > 0;
        foreach (var (sequence, due) in disk.Delayed)
            _delayed.Enqueue(sequence, due);
        foreach (var known in disk.Duplicates)
            _duplicates?.Add(known.Hash, new Deduplication.Original(known.Sequence, known.MessageId, known.SentMilliseconds));
        _timer = parts.Time.CreateTimer(static queue => ((Queue)queue!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (_delayed.Count > 0)
        {
            lock (_gate)
                ArmLocked(_openedAt);
        }
    }

    public QueueKey Key { get; }

    public string Arn => field ??= Key.Arn;

    public bool IsFifo { get; }

    public DateTimeOffset Created { get; }

    /// <summary>Replaced as a whole by the catalogue.</summary>
    public QueueSettings Settings { get; internal set => Volatile.Write(ref field, value); }

    /// <summary>Its number in the databases; never given again.</summary>
    internal long Number { get; }

    internal ulong Nonce { get; }

    /// <summary>Messages up to this number are no more.</summary>
    internal long Purged => Volatile.Read(ref _purged);

    internal QueueMeter Meter { get; } = new();

    long Now => _parts.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Messages that can be received, are in flight, and are delayed.</summary>
    public QueueCounts Count()
    {
        lock (_gate)
        {
            ExpireLocked(Now);
            return new QueueCounts(Math.Max(0, _count - _inFlight - _delayed.Count), _inFlight, _delayed.Count);
        }
    }

    /// <summary>Removes every message that was sent before.</summary>
    /// <returns>Null, or why it is refused: once a minute.</returns>
    internal async Task<AwsError?> PurgeAsync()
    {
        long through;
        lock (_gate)
        {
            var now = Now;
            if (_purgedAt != long.MinValue && now - _purgedAt < 60_000)
                return SqsErrors.PurgeInProgress(Key.Name);
            _purgedAt = now;
            through = _arrived;
            ClearLocked();
            (_purged, _cursor, _isSpilled) = (through, through, false);
        }

        await _parts.Store.PurgeAsync(Number, through);
        return null;
    }

    /// <summary>The queue is no more: whoever waits is told so.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _isDeleted = true;
            ClearLocked();
        }

        EndWaits();
        _timer.Dispose();
    }

    /// <summary>Whoever waits for messages is answered that there are none.</summary>
    internal void EndWaits()
    {
        List<Waiter> waiters;
        lock (_gate)
        {
            waiters = [.. _waiters];
            _waiters.Clear();
        }

        foreach (var waiter in waiters)
            waiter.Source.TrySetResult(null);
    }

    void ClearLocked()
    {
        _generation++;
        foreach (var entry in _entries.Values)
        {
            entry.State = EntryState.Gone;
            entry.Stamp++;
            DropContentLocked(entry);
        }

        _entries.Clear();
        _order.Clear();
        _due.Clear();
        _delayed.Clear();
        _attempts?.Clear();
        (_count, _inFlight) = (0, 0);
    }

    void OnTimer()
    {
        lock (_gate)
        {
            if (_isDeleted)
                return;
            var now = Now;
            _timerDue = long.MaxValue;
            ExpireLocked(now);
            DeliverLocked(now);
        }
    }

    /// <summary>What was in flight for too long, or delayed for long enough, waits to be received.</summary>
    void ExpireLocked(long now)
    {
        while (_due.TryTake(now) is { } entry)
            ReturnLocked(entry);
        while (_delayed.TryPeek(out var sequence, out var due) && due <= now)
        {
            _delayed.Dequeue();
            if (IsFifo)
            {
                // Its place in its group is there already, unless it is on disk still.
                if (_entries.GetValueOrDefault(sequence) is { State: EntryState.Waiting } waiting)
                    _order.Wake(waiting);
                continue;
            }

            var awake = new MessageEntry(sequence);
            if (_entries.TryAdd(sequence, awake))
                _order.Add(awake);
        }
    }

    /// <summary>From flight back into the line.</summary>
    void ReturnLocked(MessageEntry entry)
    {
        entry.State = EntryState.Waiting;
        entry.VisibleAt = 0;
        entry.Stamp++;
        _inFlight--;
        _order.Release(entry);
        _order.Add(entry);
        if (!entry.IsCounted && entry.Receives > 0)
        {
            // Nobody waits for this: without a redrive policy the count is for information, and a crash may lose it.
            entry.IsCounted = true;
            _ = _parts.Store.CountLaterAsync(CountOf(entry)).AsTask();
        }
    }

    /// <summary>The message is no more, here.</summary>
    void LeaveLocked(MessageEntry entry)
    {
        if (entry.State == EntryState.Gone)
            return;
        entry.State = EntryState.Gone;
        entry.Stamp++;
        DropContentLocked(entry);
        _entries.Remove(entry.Sequence);
        _order.Release(entry);
        _inFlight--;
        _count--;
    }

    void ArmLocked(long now)
    {
        var due = Math.Min(_due.First, _delayed.TryPeek(out _, out var first) ? first : long.MaxValue);
        if (due >= _timerDue || _isDeleted)
            return;
        _timerDue = due;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(due - now, 0, 24 * 3600 * 1000)), Timeout.InfiniteTimeSpan);
    }

    void KeepContentLocked(MessageEntry entry, StoredMessage content)
    {
        if (_parts.Content.TryTake(content.Weight))
            entry.Content = content;
    }

    void DropContentLocked(MessageEntry entry)
    {
        if (entry.Content is not { } content)
            return;
        _parts.Content.Give(content.Weight);
        entry.Content = null;
    }

    void ThrowIfDeletedLocked()
    {
        if (_isDeleted)
            throw SqsErrors.NoSuchQueue.AsException();
    }

    ReceiveRow CountOf(MessageEntry entry) => new(MessageStore.IdOf(Number, entry.Sequence), entry.Receives, entry.FirstReceived);
}

public readonly record struct QueueCounts(long Visible, long InFlight, long Delayed);

/// <summary>What went through a queue since the platform started.</summary>
sealed class QueueMeter
{
    public long Sent, Received, Deleted;
}

/// <summary>Memory for the contents of waiting messages: what finds no room is read from disk again.</summary>
sealed class ContentBudget(long bytes)
{
    long _left = bytes;

    public bool TryTake(int weight)
    {
        if (Interlocked.Add(ref _left, -weight) >= 0)
            return true;
        Interlocked.Add(ref _left, weight);
        return false;
    }

    public void Give(int weight) => Interlocked.Add(ref _left, weight);
}
