namespace Pilotlight.Queues;

public sealed partial class Queue
{
    /// <summary>To the dead-letter queue. When it cannot be, the messages are visible again.</summary>
    async Task BuryAsync(List<MessageEntry> dead, RedrivePolicy? redrive)
    {
        var target = redrive is null ? null : _parts.Find(redrive.DeadLetterTargetArn);
        await MoveAsync(dead, _ => target, static (message, source) => message with { SourceArn = source });
    }

    /// <summary>Moves up to so many waiting messages for a move task.</summary>
    /// <param name="targetOf">Null when there is no such queue: then nothing is moved.</param>
    /// <returns>How many, or null when there is a message whose target is missing.</returns>
    internal async Task<int?> RedriveAsync(int max, Func<string?, Queue?> targetOf)
    {
        var batch = new TakenBatch();
        while (true)
        {
            Task? refill;
            lock (_gate)
            {
                ThrowIfDeletedLocked();
                var now = Now;
                ExpireLocked(now);
                List<MessageEntry> taken = [];
                _order.Take(Math.Min(max, MaxInFlight - _inFlight), now, taken);
                foreach (var entry in taken)
                {
                    _inFlight++;
                    entry.State = EntryState.Leaving;
                    batch.Dead.Add(entry);
                }

                refill = NeedsRefillLocked ? RefillLocked() : null;
            }

            if (batch.Dead.Count > 0 || refill is null)
                break;
            await refill;
        }

        if (batch.Dead.Count == 0)
            return 0;
        // What is moved back is a new message: AWS gives it another id and another time.
        var (sent, isMissing) = (Now, false);
        var moved = await MoveAsync(
            batch.Dead,
            message =>
            {
                var target = targetOf(message.SourceArn);
                isMissing |= target is null;
                return target;
            },
            (message, _) => message with { Id = Guid.NewGuid(), SentMilliseconds = sent, SourceArn = null });
        return isMissing ? null : moved;
    }

    /// <summary>Moves messages that are leaving to other queues; those without a target stay.</summary>
    async Task<int> MoveAsync(List<MessageEntry> leaving, Func<StoredMessage, Queue?> targetOf, Func<StoredMessage, string, StoredMessage> change)
    {
        List<(Queue Queue, PendingSend Send, Task? Reserving)> sends = [];
        List<(long From, MessageRow To)> rows = [];
        List<MessageEntry> moved = [];
        var hasFailed = true;
        try
        {
            var there = _parts.Store.Read(Number, leaving.Select(static entry => entry.Sequence));
            // What was deleted meanwhile leaves too, to nowhere.
            moved.AddRange(leaving.ExceptBy(there.Select(static loaded => loaded.Sequence), static entry => entry.Sequence));
            foreach (var group in there.GroupBy(loaded => targetOf(loaded.Message)))
            {
                if (group.Key is not { } target || target == this || target.IsFifo != IsFifo)
                    continue;
                var messages = group.ToList();
                sends.Add(target.BeginMove([.. messages.Select(loaded => change(loaded.Message, Arn))], out var targetRows));
                for (var index = 0; index < messages.Count; index++)
                    rows.Add((MessageStore.IdOf(Number, messages[index].Sequence), targetRows[index]));
                var sequences = messages.Select(static loaded => loaded.Sequence).ToHashSet();
                moved.AddRange(leaving.Where(entry => sequences.Contains(entry.Sequence)));
            }

            if (rows.Count > 0)
                await _parts.Store.MoveAsync(rows);
            foreach (var (_, _, reserving) in sends)
                await (reserving ?? Task.CompletedTask);
            hasFailed = false;
        }
        finally
        {
            foreach (var (queue, send, _) in sends)
                queue.EndSend(send, hasFailed);
            lock (_gate)
            {
                foreach (var entry in leaving.Where(static entry => entry.State == EntryState.Leaving))
                {
                    if (!hasFailed && moved.Contains(entry))
                        LeaveLocked(entry);
                    else
                        ReturnLocked(entry);
                }

                DeliverLocked(Now);
            }
        }

        return moved.Count;
    }

    (Queue Queue, PendingSend Send, Task? Reserving) BeginMove(List<StoredMessage> messages, out List<MessageRow> rows)
    {
        var pending = new PendingSend();
        lock (_gate)
        {
            ThrowIfDeletedLocked();
            foreach (var message in messages)
                EnlistLocked(pending, message, 0, null);
            rows = [.. pending.Messages.Select(static message => message.Row)];
            return (this, pending, BeginSendLocked(pending));
        }
    }
}
