namespace Pilotlight.Functions;

/// <summary>Lets one change at a time at each key, in the order in which they came. Whoever waits holds no lock.</summary>
sealed class Turns<TKey> where TKey : notnull
{
    readonly Lock _gate = new();
    readonly Dictionary<TKey, Task> _last = [];

    public async Task<IDisposable> TakeAsync(TKey key)
    {
        var turn = new Turn(this, key);
        Task? before;
        lock (_gate)
        {
            _last.TryGetValue(key, out before);
            _last[key] = turn.Ended;
        }

        if (before is not null)
            await before;
        return turn;
    }

    void End(TKey key, Task turn)
    {
        lock (_gate)
        {
            if (_last.TryGetValue(key, out var last) && last == turn)
                _last.Remove(key);
        }
    }

    sealed class Turn(Turns<TKey> turns, TKey key) : IDisposable
    {
        readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public void Dispose()
        {
            turns.End(key, _ended.Task);
            _ended.TrySetResult();
        }
    }
}
