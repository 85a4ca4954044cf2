using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>A message that was taken out of the line, as it was then.</summary>
readonly record struct TakenMessage(MessageEntry Entry, StoredMessage? Content, int Receives, long FirstReceived);

/// <summary>What one receive took.</summary>
sealed class TakenBatch
{
    public List<TakenMessage> Messages { get; } = [];

    /// <summary>Received too often: they go to the dead-letter queue instead.</summary>
    public List<MessageEntry> Dead { get; } = [];

    /// <summary>Older than the queue keeps messages.</summary>
    public List<MessageEntry> Expired { get; } = [];

    public bool IsEmpty => Messages.Count + Dead.Count + Expired.Count == 0;
}

/// <summary>A receive that waits for messages. They are handed to it under the lock, so that who came first is served first.</summary>
sealed class Waiter(int max, long visibility)
{
    public int Max => max;

    public long Visibility => visibility;

    /// <summary>Null when the time is over, the client has gone, or the queue was deleted.</summary>
    public TaskCompletionSource<TakenBatch?> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

public sealed partial class Queue
{
    /// <summary>More receives than this do not wait.</summary>
    const int MaxWaiters = 10_000;

    readonly LinkedList<Waiter> _waiters = new();

    /// <summary>Takes up to so many messages (1 to 10); they are invisible to others for a while.</summary>
    /// <param name="wait">How long to wait for the first; null for the queue's own setting.</param>
    /// <param name="visibility">Null for the queue's own setting.</param>
    /// <param name="attemptId">FIFO: a receive that is repeated with it gets the same messages again.</param>
    /// <exception cref="AwsException">The queue was deleted, or has too many messages in flight.</exception>
    public async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        int max, TimeSpan? wait, TimeSpan? visibility, CancellationToken cancellation, string? attemptId = null)
    {
        var settings = Settings;
        var hidden = (long)(visibility ?? settings.VisibilityTimeout).TotalMilliseconds;
        var patience = wait ?? settings.ReceiveWait;
        if (attemptId is not null && Repeat(attemptId, hidden) is { } repeated)
            return await HandOutAsync(repeated, settings.RedrivePolicy);
        var since = _parts.Time.GetTimestamp();
        while (true)
        {
            if (await TakeAsync(max, hidden, patience - _parts.Time.GetElapsedTime(since), cancellation) is not { } batch)
                return [];
            var messages = await HandOutAsync(batch, settings.RedrivePolicy);
            if (messages.Count == 0)
                continue;
            if (attemptId is not null)
                Remember(attemptId, batch);
            return messages;
        }
    }

    /// <summary>Null when there is nothing within the time.</summary>
    async ValueTask<TakenBatch?> TakeAsync(int max, long visibility, TimeSpan patience, CancellationToken cancellation)
    {
        while (true)
        {
            TakenBatch batch;
            Waiter? waiter = null;
            Task? refill = null;
            lock (_gate)
            {
                ThrowIfDeletedLocked();
                var now = Now;
                ExpireLocked(now);
                if (_inFlight >= MaxInFlight && !IsFifo && patience <= TimeSpan.Zero)
                    throw SqsErrors.OverLimit($"The maximum number of in flight messages is reached: {MaxInFlight}.").AsException();
                batch = TakeLocked(max, visibility, now);
                if (NeedsRefillLocked)
                    refill = RefillLocked();
                if (batch.IsEmpty && refill is null && patience > TimeSpan.Zero && _waiters.Count < MaxWaiters)
                    _waiters.AddLast(waiter = new Waiter(max, visibility));
                ArmLocked(now);
            }

            if (!batch.IsEmpty)
                return batch;
            if (refill is null)
                return waiter is null ? null : await WaitAsync(waiter, patience, cancellation);
            await refill;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    async Task<TakenBatch?> WaitAsync(Waiter waiter, TimeSpan patience, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(patience, _parts.Time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        await using var registration = over.Token.Register(() =>
        {
            // Whoever removes the waiter answers it, so messages are never handed to one that has left.
            lock (_gate)
            {
                if (!_waiters.Remove(waiter))
                    return;
            }

            waiter.Source.TrySetResult(null);
        });
        var batch = await waiter.Source.Task;
        if (batch is null)
            cancellation.ThrowIfCancellationRequested();
        return batch;
    }

    /// <summary>Messages that came or became visible go to those who wait for them; and the timer is set for what changed.</summary>
    void DeliverLocked(long now)
    {
        while (_waiters.First is { } first && _order.Count > 0)
        {
            var batch = TakeLocked(first.Value.Max, first.Value.Visibility, now);
            if (batch.IsEmpty)
                break;
            _waiters.RemoveFirst();
            first.Value.Source.TrySetResult(batch);
        }

        if (_waiters.Count > 0 && NeedsRefillLocked)
            RefillLocked();
        ArmLocked(now);
    }

    TakenBatch TakeLocked(int max, long visibility, long now)
    {
        var batch = new TakenBatch();
        var settings = Settings;
        var oldest = now - (long)settings.Retention.TotalMilliseconds;
        var mostReceives = settings.RedrivePolicy is { } redrive && _parts.Find(redrive.DeadLetterTargetArn) is { } dead && dead != this && dead.IsFifo == IsFifo
            ? redrive.MaxReceiveCount
            : int.MaxValue;
        max = Math.Min(max, MaxInFlight - _inFlight);
        List<MessageEntry> taken = [];
        while (batch.Messages.Count < max)
        {
            taken.Clear();
            _order.Take(max - batch.Messages.Count, now, taken);
            if (taken.Count == 0)
                break;
            foreach (var entry in taken)
            {
                _inFlight++;
                entry.State = EntryState.Leaving;
                if (entry.Sent != 0 && entry.Sent <= oldest)
                    batch.Expired.Add(entry);
                else if (entry.Receives >= mostReceives)
                    batch.Dead.Add(entry);
                else
                    batch.Messages.Add(HideLocked(entry, visibility, now));
            }
        }

        return batch;
    }

    TakenMessage HideLocked(MessageEntry entry, long visibility, long now)
    {
        entry.State = EntryState.InFlight;
        entry.Receives++;
        entry.LastReceived = now;
        entry.IsCounted = false;
        if (entry.FirstReceived == 0)
            entry.FirstReceived = now;
        entry.VisibleAt = now + visibility;
        _due.Add(entry, _inFlight);
        // A message in flight needs no content: most are deleted, and those that come back are read again.
        var content = entry.Content;
        DropContentLocked(entry);
        return new TakenMessage(entry, content, entry.Receives, entry.FirstReceived);
    }

    /// <summary>Ends what was taken: the dead and the expired leave, the rest is read where it must be, and counted on disk where that decides.</summary>
    async Task<IReadOnlyList<ReceivedMessage>> HandOutAsync(TakenBatch batch, RedrivePolicy? redrive)
    {
        if (batch.Expired.Count > 0)
            await RemoveAsync(batch.Expired);
        if (batch.Dead.Count > 0)
            await BuryAsync(batch.Dead, redrive);
        if (batch.Messages.Count == 0)
            return [];
        var loaded = batch.Messages.Exists(static message => message.Content is null)
            ? _parts.Store.Read(Number, batch.Messages.Where(static message => message.Content is null).Select(static message => message.Entry.Sequence))
                .ToDictionary(static message => message.Sequence, static message => message.Message)
            : null;
        // After a kill the count must be known, or a message would be received too often. Without a policy it is for information only.
        if (redrive is not null)
            await _parts.Store.CountAsync([.. batch.Messages.Select(message => new ReceiveRow(MessageStore.IdOf(Number, message.Entry.Sequence), message.Receives, message.FirstReceived))]);
        var received = new List<ReceivedMessage>(batch.Messages.Count);
        List<MessageEntry>? missing = null;
        lock (_gate)
        {
            foreach (var message in batch.Messages)
            {
                var content = message.Content ?? loaded?.GetValueOrDefault(message.Entry.Sequence);
                if (content is null)
                {
                    (missing ??= []).Add(message.Entry);
                    continue;
                }

                message.Entry.Sent = content.SentMilliseconds;
                if (redrive is not null && message.Entry.Receives == message.Receives)
                    message.Entry.IsCounted = true;
                received.Add(new ReceivedMessage(
                    content, new ReceiptHandle(message.Entry.Sequence, message.Receives, _parts.Run).Write(Nonce), message.Receives,
                    message.FirstReceived, SequenceNumberOf(message.Entry.Sequence)));
            }

            foreach (var entry in missing ?? [])
                LeaveLocked(entry);
        }

        Interlocked.Add(ref Meter.Received, received.Count);
        return received;
    }
}
