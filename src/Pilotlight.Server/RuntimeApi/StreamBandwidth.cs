namespace Pilotlight.RuntimeApi;

/// <summary>AWS's bucket: a burst, and then a rate that comes in every 125 ms.</summary>
sealed class StreamBandwidth(StreamingOptions options, TimeProvider time)
{
    static readonly TimeSpan s_refillEvery = TimeSpan.FromMilliseconds(125);

    readonly long _refillBytes = Math.Max(1, options.BytesPerSecond / 8);
    long _refilled = time.GetTimestamp();
    long _left = Math.Max(1, options.BurstBytes);

    /// <summary>Waits until something may leave, and says how much of what is wanted.</summary>
    public async ValueTask<int> TakeAsync(int wanted, CancellationToken cancellation)
    {
        if (options.BytesPerSecond <= 0)
            return wanted;
        Refill();
        while (_left <= 0)
        {
            await Task.Delay(s_refillEvery, time, cancellation);
            Refill();
        }

        var taken = (int)Math.Min(wanted, _left);
        _left -= taken;
        return taken;
    }

    void Refill()
    {
        var periods = time.GetElapsedTime(_refilled).Ticks / s_refillEvery.Ticks;
        if (periods == 0)
            return;
        _refilled += (long)(periods * s_refillEvery.TotalSeconds * time.TimestampFrequency);
        _left = Math.Min(Math.Max(options.BurstBytes, _refillBytes), _left + (periods * _refillBytes));
    }
}
