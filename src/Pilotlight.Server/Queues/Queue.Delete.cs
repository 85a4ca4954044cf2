using Pilotlight.Api;

namespace Pilotlight.Queues;

public sealed partial class Queue
{
    const long MaxVisibilityMilliseconds = 43_200_000;

    /// <summary>Deletes the messages that the handles name; returns once they are gone from disk.</summary>
    /// <returns>Null for each that is gone, also when it was before; else why it is refused.</returns>
    public async Task<IReadOnlyList<AwsError?>> DeleteAsync(IReadOnlyList<string> receiptHandles)
    {
        var refusals = new AwsError?[receiptHandles.Count];
        List<MessageEntry> leaving = [];
        List<long> gone = [], onDisk = [];
        lock (_gate)
        {
            ThrowIfDeletedLocked();
            ExpireLocked(Now);
            for (var index = 0; index < receiptHandles.Count; index++)
            {
                if (ReceiptHandle.TryRead(receiptHandles[index], Nonce) is not { } handle)
                    refusals[index] = SqsErrors.InvalidHandle(receiptHandles[index]);
                else if (_entries.GetValueOrDefault(handle.Sequence) is not { } entry)
                    (_isSpilled && handle.Sequence > _cursor ? onDisk : gone).Add(handle.Sequence);
                else if (IsFifo && !IsCurrentLocked(handle, entry))
                    refusals[index] = SqsErrors.ExpiredHandle(receiptHandles[index]);
                else if (TryBeginToLeaveLocked(entry))
                    leaving.Add(entry);
                else
                    gone.Add(handle.Sequence);
            }
        }

        await RemoveAsync(leaving);
        if (gone.Count > 0)
            await _parts.Store.DeleteAsync(IdsOf(gone));
        if (onDisk.Count > 0)
            await RemoveOnDiskAsync(onDisk);
        Interlocked.Add(ref Meter.Deleted, receiptHandles.Count);
        return refusals;
    }

    public async Task<AwsError?> DeleteAsync(string receiptHandle) => (await DeleteAsync([receiptHandle]))[0];

    /// <summary>Hides a message that was received for so long from now on, or shows it (zero).</summary>
    /// <returns>Null, or why it is refused.</returns>
    public AwsError? ChangeVisibility(string receiptHandle, TimeSpan timeout)
    {
        if (ReceiptHandle.TryRead(receiptHandle, Nonce) is not { } handle)
            return SqsErrors.InvalidHandle(receiptHandle);
        var hidden = (long)timeout.TotalMilliseconds;
        lock (_gate)
        {
            ThrowIfDeletedLocked();
            var now = Now;
            ExpireLocked(now);
            if (_entries.GetValueOrDefault(handle.Sequence) is not { State: EntryState.InFlight or EntryState.Waiting } entry
                || entry.Receives != handle.Receive || entry.LastReceived == 0 || (IsFifo && entry.State != EntryState.InFlight))
                return SqsErrors.NotChangeable(receiptHandle);
            if (now + hidden - entry.LastReceived > MaxVisibilityMilliseconds)
                return SqsErrors.InvalidParameter((long)timeout.TotalSeconds, "VisibilityTimeout", "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
            if (entry.State == EntryState.Waiting)
            {
                // Its time was over, and AWS hides it again.
                _order.Remove(entry);
                entry.State = EntryState.InFlight;
                _inFlight++;
            }

            entry.Stamp++;
            entry.VisibleAt = now + hidden;
            if (hidden == 0)
            {
                ReturnLocked(entry);
                DeliverLocked(now);
            }
            else
            {
                _due.Add(entry, _inFlight);
            }

            ArmLocked(now);
            return null;
        }
    }

    /// <summary>A FIFO queue knows only the newest handle; or, from before a restart, that of a message that was not received since.</summary>
    bool IsCurrentLocked(ReceiptHandle handle, MessageEntry entry) => handle.Run == _parts.Run
        ? entry.State != EntryState.Waiting && entry.Receives == handle.Receive
        : entry.State == EntryState.Waiting && entry.LastReceived == 0;

    bool TryBeginToLeaveLocked(MessageEntry entry)
    {
        switch (entry.State)
        {
            case EntryState.Waiting:
                _order.Remove(entry);
                _inFlight++;
                break;
            case EntryState.InFlight:
                break;
            default:
                return false;
        }

        entry.State = EntryState.Leaving;
        entry.Stamp++;
        return true;
    }

    /// <summary>Removes messages that are leaving. When the disk refuses, they are visible again.</summary>
    async Task RemoveAsync(List<MessageEntry> leaving)
    {
        if (leaving.Count == 0)
            return;
        try
        {
            // With a redrive policy every receive was counted on disk, and without one few.
            var counted = leaving.Where(static entry => entry.IsCounted || entry.Receives > 1).Select(static entry => entry.Sequence).ToList();
            var counts = counted.Count > 0 ? _parts.Store.DeleteReceivesAsync(IdsOf(counted)) : Task.CompletedTask;
            await _parts.Store.DeleteAsync(IdsOf(leaving.Select(static entry => entry.Sequence)));
            await counts;
        }
        catch
        {
            lock (_gate)
            {
                foreach (var entry in leaving.Where(static entry => entry.State == EntryState.Leaving))
                    ReturnLocked(entry);
            }

            throw;
        }

        lock (_gate)
        {
            foreach (var entry in leaving)
                LeaveLocked(entry);
            DeliverLocked(Now);
        }
    }

    async Task<int> RemoveOnDiskAsync(List<long> sequences)
    {
        var removed = await _parts.Store.DeleteAsync(IdsOf(sequences));
        await _parts.Store.DeleteReceivesAsync(IdsOf(sequences));
        lock (_gate)
        {
            var unseen = removed;
            foreach (var sequence in sequences)
            {
                // A refill has brought it into memory meanwhile; or runs, and may have read it.
                if (_entries.GetValueOrDefault(sequence) is { } entry)
                {
                    unseen--;
                    if (entry.State == EntryState.Waiting && TryBeginToLeaveLocked(entry))
                        LeaveLocked(entry);
                }
                else if (_refill is not null)
                {
                    _deletedOnDisk.Add(sequence);
                }
            }

            _count = Math.Max(0, _count - Math.Max(0, unseen));
        }

        return removed;
    }

    List<long> IdsOf(IEnumerable<long> sequences) => [.. sequences.Select(sequence => MessageStore.IdOf(Number, sequence))];

    /// <summary>Removes what is older than the queue keeps messages, and forgets duplicates of long ago.</summary>
    internal async Task SweepAsync(CancellationToken cancellation)
    {
        var now = Now;
        if (IsFifo)
            await _parts.Store.ForgetDuplicatesAsync(Number, now - Deduplication.WindowMilliseconds, cancellation);
        var before = now - (long)Settings.Retention.TotalMilliseconds;
        while (Volatile.Read(ref _count) > 0 && !cancellation.IsCancellationRequested)
        {
            var expired = _parts.Store.ReadExpired(Number, Volatile.Read(ref _purged), before);
            List<MessageEntry> leaving = [];
            List<long> onDisk = [];
            lock (_gate)
            {
                foreach (var sequence in expired)
                {
                    if (_entries.GetValueOrDefault(sequence) is { } entry)
                    {
                        if (TryBeginToLeaveLocked(entry))
                            leaving.Add(entry);
                    }
                    else if (_isSpilled && sequence > _cursor)
                    {
                        onDisk.Add(sequence);
                    }
                }
            }

            await RemoveAsync(leaving);
            var removed = onDisk.Count > 0 ? await RemoveOnDiskAsync(onDisk) : 0;
            if (leaving.Count + removed == 0)
                return;
        }
    }

    /// <summary>Before the platform stops: what was received and is not counted on disk yet.</summary>
    internal async Task SaveCountsAsync()
    {
        List<ReceiveRow> rows = [];
        Task? refill;
        lock (_gate)
        {
            refill = _refill;
            foreach (var entry in _entries.Values.Where(static entry => !entry.IsCounted && entry.Receives > 0 && entry.State == EntryState.InFlight))
                rows.Add(CountOf(entry));
        }

        if (refill is not null)
            await refill;
        await _parts.Store.CountAsync(rows);
    }
}
