namespace Pilotlight.Concurrency;

/// <summary>
/// So many at once, refilled evenly and never beyond that. Without a lock: all it keeps is the moment at which the bucket will be full again.
/// </summary>
sealed class TokenBucket(int capacity, double perSecond, TimeProvider time)
{
    readonly long _tokenTicks = Math.Max(1, (long)(time.TimestampFrequency / perSecond));
    long _fullAt = long.MinValue;

    public bool TryTake()
    {
        var now = time.GetTimestamp();
        while (true)
        {
            var fullAt = Volatile.Read(ref _fullAt);
            var next = Math.Max(fullAt, now) + _tokenTicks;
            if (next - now > _tokenTicks * capacity)
                return false;
            if (Interlocked.CompareExchange(ref _fullAt, next, fullAt) == fullAt)
                return true;
        }
    }
}
