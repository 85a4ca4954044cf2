namespace Pilotlight.Concurrency;

/// <summary>Counts who is in, up to a limit that every entry names. Only those who wait for somebody to leave meet a lock.</summary>
sealed class SlotCounter
{
    readonly Lock _gate = new();
    readonly LinkedList<TaskCompletionSource<bool>> _waiting = [];
    int _inFlight;
    int _finishing;
    int _waiters;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Of those who are in, those who are about to leave.</summary>
    public int Finishing => Volatile.Read(ref _finishing);

    /// <summary>Counting first and asking afterwards would refuse others for the moment of a request that is refused itself.</summary>
    public bool TryEnter(int limit)
    {
        var count = Volatile.Read(ref _inFlight);
        while (count < limit)
        {
            var seen = Interlocked.CompareExchange(ref _inFlight, count + 1, count);
            if (seen == count)
                return true;
            count = seen;
        }

        return false;
    }

    public void Enter() => Interlocked.Increment(ref _inFlight);

    public void Finish() => Interlocked.Increment(ref _finishing);

    public void Leave(bool isFinishing = false)
    {
        if (isFinishing)
            Interlocked.Decrement(ref _finishing);
        Interlocked.Decrement(ref _inFlight);
        if (Volatile.Read(ref _waiters) == 0)
            return;
        lock (_gate)
        {
            if (_waiting.First is not { } first)
                return;
            _waiting.RemoveFirst();
            first.Value.TrySetResult(true);
        }
    }

    /// <summary>A place among those who wait; null when not so many are about to leave.</summary>
    public Place? TryWait(CancellationToken patience)
    {
        lock (_gate)
        {
            if (Finishing <= _waiting.Count)
                return null;
            Interlocked.Increment(ref _waiters);
            return new Place(
                this, _waiting.AddLast(new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)), patience);
        }
    }

    public sealed class Place : IDisposable
    {
        readonly SlotCounter _counter;
        readonly LinkedListNode<TaskCompletionSource<bool>> _node;
        readonly CancellationTokenRegistration _patience;

        public Place(SlotCounter counter, LinkedListNode<TaskCompletionSource<bool>> node, CancellationToken patience)
        {
            (_counter, _node) = (counter, node);
            _patience = patience.UnsafeRegister(static state => ((TaskCompletionSource<bool>)state!).TrySetResult(false), node.Value);
        }

        /// <summary>False when patience ended first.</summary>
        public Task<bool> SomebodyLeft => _node.Value.Task;

        public void Dispose()
        {
            _patience.Dispose();
            lock (_counter._gate)
            {
                if (_node.List is not null)
                    _counter._waiting.Remove(_node);
            }

            Interlocked.Decrement(ref _counter._waiters);
        }
    }
}
