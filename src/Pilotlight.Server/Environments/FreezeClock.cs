namespace Pilotlight.Environments;

/// <summary>Looks for environments to freeze for as long as one is awake, and costs nothing while all are frozen or busy.</summary>
sealed class FreezeClock : IDisposable
{
    static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(100);

    readonly Func<bool> _freeze;
    readonly ITimer _timer;
    int _isSet;

    /// <param name="freeze">Freezes what is due; whether anything is left that may be due later. Must not throw.</param>
    public FreezeClock(Func<bool> freeze, TimeProvider time)
    {
        _freeze = freeze;
        _timer = time.CreateTimer(static state => ((FreezeClock)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>An environment is awake.</summary>
    public void Set()
    {
        if (Volatile.Read(ref _isSet) == 0 && Interlocked.Exchange(ref _isSet, 1) == 0)
            _timer.Change(s_every, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    void Look()
    {
        // Before the look: what comes while it lasts sets the clock anew.
        Volatile.Write(ref _isSet, 0);
        if (_freeze())
            Set();
    }
}
