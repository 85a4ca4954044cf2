namespace Pilotlight.Queues;

public sealed partial class Queue
{
    /// <summary>Receives of the last five minutes that may be repeated (<c>ReceiveRequestAttemptId</c>).</summary>
    Dictionary<string, Attempt>? _attempts;

    sealed record Attempt(long At, List<(MessageEntry Entry, int Receives, int Stamp)> Messages);

    void Remember(string attemptId, TakenBatch batch)
    {
        lock (_gate)
        {
            var now = Now;
            _attempts ??= new Dictionary<string, Attempt>(StringComparer.Ordinal);
            foreach (var (id, old) in _attempts)
            {
                if (old.At < now - Deduplication.WindowMilliseconds)
                    _attempts.Remove(id);
            }

            _attempts[attemptId] = new Attempt(now, [.. batch.Messages.Select(static message => (message.Entry, message.Receives, message.Entry.Stamp))]);
        }
    }

    /// <summary>The messages of the same receive once more, hidden anew, as long as none of them was deleted, changed or received since.</summary>
    TakenBatch? Repeat(string attemptId, long visibility)
    {
        lock (_gate)
        {
            ThrowIfDeletedLocked();
            var now = Now;
            ExpireLocked(now);
            if (_attempts?.GetValueOrDefault(attemptId) is not { } attempt || attempt.At < now - Deduplication.WindowMilliseconds
                || attempt.Messages.Exists(static message => message.Entry.State != EntryState.InFlight || message.Entry.Stamp != message.Stamp))
                return null;
            var batch = new TakenBatch();
            for (var index = 0; index < attempt.Messages.Count; index++)
            {
                var (entry, receives, _) = attempt.Messages[index];
                entry.Stamp++;
                entry.VisibleAt = now + visibility;
                _due.Add(entry, _inFlight);
                attempt.Messages[index] = (entry, receives, entry.Stamp);
                batch.Messages.Add(new TakenMessage(entry, null, receives, entry.FirstReceived));
            }

            ArmLocked(now);
            return batch;
        }
    }
}
