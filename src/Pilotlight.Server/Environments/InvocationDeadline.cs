namespace Pilotlight.Environments;

/// <summary>
/// The time limit of one invocation after another. Its timer is left running when an invocation ends in time, which nearly all do: to set
/// and to stop one for each would wake the thread that keeps all timers.
/// </summary>
sealed class InvocationDeadline : IAsyncDisposable
{
    static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    readonly Lock _gate = new();
    readonly Action _passed;
    readonly TimeProvider _time;
    readonly ITimer _timer;

    /// <summary>The invocation that runs; null between two.</summary>
    object? _running;

    /// <summary>Timestamps; null while there is none.</summary>
    long? _due;
    long? _firesAt;

    /// <param name="passed">Called when an invocation has not ended in time.</param>
    public InvocationDeadline(Action passed, TimeProvider time)
    {
        (_passed, _time) = (passed, time);
        _timer = time.CreateTimer(static state => ((InvocationDeadline)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>An invocation is about to be handed over.</summary>
    public void Begin(object invocation)
    {
        lock (_gate)
            _running = invocation;
    }

    /// <summary>It was handed over, and has so long; unless it has ended already.</summary>
    public void Set(object invocation, TimeSpan left)
    {
        lock (_gate)
        {
            if (_running != invocation)
                return;
            _due = _time.GetTimestamp() + (long)(left.TotalSeconds * _time.TimestampFrequency);
            if (_firesAt is not { } fires || fires > _due)
                FireAfterLocked(left);
        }
    }

    public void End()
    {
        lock (_gate)
            (_running, _due) = (null, null);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    void Look()
    {
        lock (_gate)
        {
            _firesAt = null;
            if (_due is not { } due)
                return;
            var left = _time.GetElapsedTime(_time.GetTimestamp(), due);
            if (left > TimeSpan.Zero)
            {
                FireAfterLocked(left);
                return;
            }

            _due = null;
        }

        _passed();
    }

    void FireAfterLocked(TimeSpan left)
    {
        _firesAt = _due;
        _timer.Change(left > s_shortest ? left : s_shortest, Timeout.InfiniteTimeSpan);
    }
}
