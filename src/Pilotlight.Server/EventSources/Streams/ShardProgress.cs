namespace Pilotlight.EventSources;

/// <summary>A record on its way through a lane.</summary>
sealed class PendingRecord(SourceRecord record)
{
    public SourceRecord Record => record;

    public bool IsDone { get; set; }
}

/// <summary>
/// What of a shard was read and is not done with, in its order. Lanes are done with records out of order: the checkpoint is the last
/// record before the first that is not.
/// </summary>
sealed class ShardProgress(ShardCheckpoint begin, int mostRecords, Func<ShardCheckpoint, ValueTask> save)
{
    /// <summary>What may be in memory for one shard.</summary>
    const long MostBytes = 24 * 1024 * 1024;

    readonly Lock _gate = new();
    readonly Queue<PendingRecord> _pending = new();
    TaskCompletionSource? _room;
    long _bytes;

    public ShardCheckpoint Checkpoint { get; private set; } = begin;

    public PendingRecord Add(SourceRecord record)
    {
        var pending = new PendingRecord(record);
        lock (_gate)
        {
            _pending.Enqueue(pending);
            _bytes += record.EventBytes;
        }

        return pending;
    }

    /// <summary>Completes when more may be read.</summary>
    public Task RoomAsync(CancellationToken stopping)
    {
        lock (_gate)
        {
            if (HasRoomLocked)
                return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(stopping);
        }
    }

    /// <param name="change">Changes what else the checkpoint keeps, together with it.</param>
    public async ValueTask DoneAsync(IEnumerable<PendingRecord> records, Func<ShardCheckpoint, ShardCheckpoint>? change = null)
    {
        TaskCompletionSource? room = null;
        ShardCheckpoint? moved = null;
        lock (_gate)
        {
            foreach (var record in records)
                record.IsDone = true;
            string? after = null;
            while (_pending.TryPeek(out var first) && first.IsDone)
            {
                _pending.Dequeue();
                _bytes -= first.Record.EventBytes;
                after = first.Record.SequenceNumber;
            }

            if (after is not null || change is not null)
            {
                moved = change?.Invoke(Checkpoint) ?? Checkpoint;
                Checkpoint = moved = moved with { After = after ?? moved.After };
            }

            if (_room is not null && HasRoomLocked)
                (room, _room) = (_room, null);
        }

        room?.TrySetResult();
        if (moved is not null)
            await save(moved);
    }

    bool HasRoomLocked => _bytes < MostBytes && _pending.Count < mostRecords;
}
