using System.Globalization;

namespace Pilotlight.Queues;

public sealed partial class Queue
{
    /// <summary>Sequence numbers that are set apart at a time.</summary>
    const long Reservation = 100_000;

    readonly Deduplication? _duplicates;

    /// <summary>In the order of their numbers.</summary>
    readonly Queue<PendingSend> _sends = new();

    /// <summary>The number that was given last, and that of the last message which is on disk for certain, with all before it.</summary>
    long _last, _arrived;

    long _reservedOnDisk;
    Task? _reserving;

    public async Task<SentMessage> SendAsync(NewMessage message) => (await SendAsync([message]))[0];

    /// <summary>Returns once the messages are on disk. A duplicate is answered as its original was, and is no message.</summary>
    public async Task<IReadOnlyList<SentMessage>> SendAsync(IReadOnlyList<NewMessage> messages)
    {
        var settings = Settings;
        var sent = new SentMessage[messages.Count];
        var hashes = new (byte[] Hash, string Id)[_duplicates is null ? 0 : messages.Count];
        for (var index = 0; index < hashes.Length; index++)
        {
            var message = messages[index];
            var id = message.DeduplicationId ?? Deduplication.IdOfContent(message.Body);
            hashes[index] = (Deduplication.HashOf(id, settings.DeduplicatesByGroup ? message.GroupId : null), id);
        }

        var pending = new PendingSend();
        List<PendingSend>? originals = null;
        Task? reserving = null;
        lock (_gate)
        {
            ThrowIfDeletedLocked();
            var now = Now;
            for (var index = 0; index < messages.Count; index++)
            {
                var message = messages[index];
                if (hashes.Length > 0 && _duplicates!.Find(hashes[index].Hash, now) is { } original)
                {
                    sent[index] = Sent(original.MessageId, message.Body, original.Sequence);
                    if (original.Send is { } unfinished && unfinished != pending)
                        (originals ??= []).Add(unfinished);
                    continue;
                }

                var delay = message.Delay ?? settings.Delay;
                var stored = new StoredMessage(Guid.NewGuid(), message.Body, message.Attributes, now)
                {
                    SenderId = message.SenderId,
                    GroupId = message.GroupId,
                    DeduplicationId = hashes.Length > 0 ? hashes[index].Id : message.DeduplicationId,
                    TraceHeader = message.TraceHeader,
                };
                var sequence = EnlistLocked(pending, stored, delay > TimeSpan.Zero ? now + (long)delay.TotalMilliseconds : 0, hashes.Length > 0 ? hashes[index].Hash : null);
                if (hashes.Length > 0)
                    _duplicates!.Add(hashes[index].Hash, new Deduplication.Original(sequence, stored.Id, now) { Send = pending });
                sent[index] = Sent(stored.Id, message.Body, sequence);
            }

            if (pending.Messages.Count > 0)
                reserving = BeginSendLocked(pending);
        }

        if (pending.Messages.Count > 0)
            await WriteAsync(pending, _parts.Store.InsertAsync([.. pending.Messages.Select(static message => message.Row)]), reserving);
        foreach (var original in originals ?? [])
        {
            if (!await original.Ended.Task)
                throw new IOException("The message that this one repeats could not be written.");
        }

        Interlocked.Add(ref Meter.Sent, messages.Count);
        return sent;
    }

    SentMessage Sent(Guid id, string body, long sequence) => new(id.ToString(), StoredMessage.Md5Of(body), SequenceNumberOf(sequence));

    /// <summary>20 digits that increase; null for a standard queue.</summary>
    string? SequenceNumberOf(long sequence) => IsFifo ? "1887" + sequence.ToString("D16", CultureInfo.InvariantCulture) : null;

    /// <summary>Gives a message its number.</summary>
    long EnlistLocked(PendingSend pending, StoredMessage message, long due, byte[]? hash)
    {
        var sequence = ++_last;
        var entry = new MessageEntry(sequence) { Content = message, Sent = message.SentMilliseconds, VisibleAt = due };
        pending.Messages.Add((entry, new MessageRow(MessageStore.IdOf(Number, sequence), due, message, hash)));
        return sequence;
    }

    /// <returns>What must be on disk before the send may be acknowledged, or null.</returns>
    Task? BeginSendLocked(PendingSend pending)
    {
        _sends.Enqueue(pending);
        return _last <= _reservedOnDisk ? null : _reserving ??= ReserveAsync(_last + Reservation);
    }

    async Task ReserveAsync(long through)
    {
        // The caller holds the lock; nothing here may run before it is given back.
        await Task.Yield();
        try
        {
            await _parts.Store.ReserveAsync(Number, through);
            lock (_gate)
                _reservedOnDisk = through;
        }
        finally
        {
            lock (_gate)
                _reserving = null;
        }
    }

    /// <summary>Waits for the write, and ends the send one way or the other.</summary>
    async Task WriteAsync(PendingSend pending, Task write, Task? reserving)
    {
        try
        {
            await write;
            if (reserving is not null)
                await reserving;
        }
        catch
        {
            EndSend(pending, hasFailed: true);
            throw;
        }

        EndSend(pending, hasFailed: false);
        await pending.Ended.Task;
    }

    void EndSend(PendingSend pending, bool hasFailed)
    {
        lock (_gate)
        {
            (pending.IsWritten, pending.HasFailed) = (true, hasFailed);
            var now = Now;
            while (_sends.TryPeek(out var first) && first.IsWritten)
            {
                _sends.Dequeue();
                foreach (var (entry, row) in first.Messages)
                    ArriveLocked(first, entry, row, now);
                first.Messages.Clear();
                first.Ended.TrySetResult(!first.HasFailed);
            }

            DeliverLocked(now);
        }
    }

    void ArriveLocked(PendingSend send, MessageEntry entry, MessageRow row, long now)
    {
        if (row.Deduplication is { } hash && _duplicates!.Find(hash, now) is { } original && original.Send == send)
        {
            original.Send = null;
            if (send.HasFailed)
                _duplicates.Remove(hash);
        }

        if (send.HasFailed || _isDeleted)
            return;
        _arrived = entry.Sequence;
        _count++;
        var isDelayed = entry.VisibleAt > now;
        if (isDelayed)
            _delayed.Enqueue(entry.Sequence, entry.VisibleAt);
        if (isDelayed && !IsFifo)
        {
            if (!_isSpilled)
                _cursor = entry.Sequence;
            return;
        }

        if (_isSpilled || _order.Count >= (IsFifo ? FifoWindow : StandardWindow))
        {
            // A delay that was over before the message arrived is one that a later reading would leave out.
            if (entry.VisibleAt > 0 && !IsFifo)
                AddLocked(entry, row.Message);
            _isSpilled = true;
            return;
        }

        AddLocked(entry, row.Message);
        _cursor = entry.Sequence;
    }

    void AddLocked(MessageEntry entry, StoredMessage message)
    {
        entry.Content = null;
        KeepContentLocked(entry, message);
        if (_groups is not null)
            entry.Group = _groups.GroupOf(message.GroupId ?? "");
        _entries[entry.Sequence] = entry;
        _order.Add(entry);
    }
}
