namespace Pilotlight.EventSources;

/// <summary>Records that wait for one lane. What was read together comes in together, so that it can be one batch.</summary>
sealed class LaneQueue
{
    readonly Lock _gate = new();
    readonly Queue<PendingRecord> _records = new();
    TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool _isComplete;
    DateTimeOffset _caughtUp = DateTimeOffset.MinValue;

    public void Add(IReadOnlyList<PendingRecord> records) => Change(() =>
    {
        foreach (var record in records)
            _records.Enqueue(record);
    });

    /// <summary>Nothing comes any more.</summary>
    public void Complete() => Change(() => _isComplete = true);

    /// <summary>Everything that had arrived at a time is here.</summary>
    public void CaughtUp(DateTimeOffset at) => Change(() => _caughtUp = at);

    /// <summary>Moves records to a batch for as long as <paramref name="fits"/> says so.</summary>
    public void Take(List<PendingRecord> batch, Func<PendingRecord, bool> fits)
    {
        lock (_gate)
        {
            while (_records.TryPeek(out var next) && fits(next))
                batch.Add(_records.Dequeue());
        }
    }

    public LaneState State
    {
        get
        {
            lock (_gate)
                return new LaneState(_records.Count > 0, _isComplete, _caughtUp, _change.Task);
        }
    }

    void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            change();
            (changed, _change) = (_change, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }
}

/// <param name="CaughtUp">Everything that arrived before is in the queue or was taken from it.</param>
/// <param name="Changed">Completes when one of these is no longer so.</param>
readonly record struct LaneState(bool HasRecords, bool IsComplete, DateTimeOffset CaughtUp, Task Changed);
