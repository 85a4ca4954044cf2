using System.Collections.Concurrent;
using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

/// <summary>Section <c>Concurrency</c>.</summary>
public sealed class ConcurrencyOptions
{
    /// <summary>Concurrent executions of an account in a region; AWS's default.</summary>
    public int AccountLimit { get; set; } = 1000;
}

/// <summary>Counts the invocations in flight of each account and region; what is over the limit gets no slot.</summary>
public sealed class ConcurrencyLimiter(ConcurrencyOptions options)
{
    readonly ConcurrentDictionary<(string Account, string Region), Counter> _accounts = new();

    /// <summary>A slot, to be disposed when the invocation is over; null and the reason (AWS's word) when there is none.</summary>
    public ConcurrencySlot? TryEnter(FunctionVersion version, out string? reason)
    {
        var counter = _accounts.GetOrAdd((version.AccountId, version.Region), static _ => new Counter());
        if (Interlocked.Increment(ref counter.InFlight) <= options.AccountLimit)
        {
            reason = null;
            return new ConcurrencySlot(counter);
        }

        Interlocked.Decrement(ref counter.InFlight);
        reason = "ConcurrentInvocationLimitExceeded";
        return null;
    }

    public int InFlight => _accounts.Values.Sum(counter => Volatile.Read(ref counter.InFlight));

    internal sealed class Counter
    {
        public int InFlight;
    }
}

/// <summary>One unit of concurrency. Leaving twice counts once.</summary>
public sealed class ConcurrencySlot
{
    ConcurrencyLimiter.Counter? _counter;

    internal ConcurrencySlot(ConcurrencyLimiter.Counter counter) => _counter = counter;

    public void Leave()
    {
        if (Interlocked.Exchange(ref _counter, null) is { } counter)
            Interlocked.Decrement(ref counter.InFlight);
    }
}
