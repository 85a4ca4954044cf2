using System.Threading.Channels;

namespace Pilotlight.Buckets;

/// <summary>Wakes a loop: something was committed that it may have to see to.</summary>
class WakeSignal
{
    readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    public void Set() => _signal.Writer.TryWrite(true);

    /// <summary>Whether something was signalled since the last call; false when the time is over.</summary>
    public async Task<bool> WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await _signal.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>A notification may be due.</summary>
sealed class NotificationSignal : WakeSignal;

/// <summary>A lifecycle configuration has changed.</summary>
sealed class LifecycleSignal : WakeSignal;
