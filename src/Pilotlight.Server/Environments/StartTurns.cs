namespace Pilotlight.Environments;

/// <summary>
/// Cold starts cost processor time, so only a few run at once and the others wait in line: one line a function, and the lines take turns, so
/// that the burst of one function does not hold up the single start of another.
/// </summary>
sealed class StartTurns(EnvironmentsOptions options, TimeProvider time)
{
    readonly Lock _gate = new();
    readonly Dictionary<string, LinkedListNode<Line>> _byFunction = new(StringComparer.Ordinal);
    readonly LinkedList<Line> _lines = [];
    int _free = options.ParallelStarts > 0 ? options.ParallelStarts : Environment.ProcessorCount * 2;

    public async Task<StartTurn> TakeAsync(string function, CancellationToken cancellation)
    {
        TaskCompletionSource place;
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return new StartTurn(this, time);
            }

            place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_byFunction.TryGetValue(function, out var line))
                _byFunction[function] = line = _lines.AddLast(new Line(function));
            line.Value.Places.Enqueue(place);
        }

        var asked = time.GetTimestamp();
        // A place that was left stays in its line until it is passed over.
        await using var _ = cancellation.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), place);
        await place.Task;
        return new StartTurn(this, time) { Waited = time.GetElapsedTime(asked) };
    }

    internal void Return()
    {
        lock (_gate)
        {
            while (_lines.First is { } line)
            {
                _lines.RemoveFirst();
                var place = line.Value.Places.Dequeue();
                if (line.Value.Places.Count > 0)
                    _lines.AddLast(line);
                else
                    _byFunction.Remove(line.Value.Function);
                if (place.TrySetResult())
                    return;
            }

            _free++;
        }
    }

    sealed record Line(string Function)
    {
        public Queue<TaskCompletionSource> Places { get; } = new();
    }
}

/// <summary>One place among the cold starts that run, until it is disposed or its INIT has taken long.</summary>
sealed class StartTurn(StartTurns turns, TimeProvider time) : IDisposable
{
    /// <summary>An INIT that lasts longer waits for something, and must not hold up the starts of everybody.</summary>
    static readonly TimeSpan s_longestInit = TimeSpan.FromSeconds(1);

    ITimer? _longest;
    int _isOver;

    public TimeSpan Waited { get; init; }

    public void BeginInit() =>
        _longest = time.CreateTimer(static turn => ((StartTurn)turn!).End(), this, s_longestInit, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _longest?.Dispose();
        End();
    }

    void End()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            turns.Return();
    }
}
