using System.Collections.Concurrent;
using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

/// <summary>
/// Counts the invocations in flight: a function with reserved concurrency within its own, all others of an account and region within what
/// nobody reserved. Invocations in provisioned environments are not counted here, the environment they got is their slot. Nothing here
/// waits for a lock, and refusing only reads.
/// </summary>
public sealed class ConcurrencyLimiter
{
    readonly ConcurrentDictionary<FunctionKey, FunctionSlots> _functions = new();
    readonly ConcurrentDictionary<(string Account, string Region), AccountSlots> _accounts = new();
    readonly ConcurrencyOptions _options;
    readonly TimeProvider _time;

    public ConcurrencyLimiter(FunctionCatalog catalog, ConcurrencyOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        catalog.Changed += Follow;
        foreach (var function in catalog.All())
            Follow(null, function);
    }

    /// <summary>A slot, to be left when the invocation is over; null and the reason (AWS's word) when there is none.</summary>
    public ConcurrencySlot? TryEnter(FunctionVersion version, out string? reason)
    {
        var function = SlotsOf(version.Key);
        reason = function.TryEnter(out var holdsUnreserved);
        return reason is null ? new ConcurrencySlot(function, holdsUnreserved) : null;
    }

    /// <summary>Whether the function may start one more environment now; AWS lets each function add 1,000 in ten seconds.</summary>
    public bool TryStartEnvironment(FunctionVersion version) => SlotsOf(version.Key).Starts.TryTake();

    /// <summary>Invocations in flight on demand, of every account.</summary>
    public int InFlight => _functions.Values.Sum(function => function.InFlight);

    /// <summary>Those of them that no reservation covers.</summary>
    public int UnreservedInFlight => _accounts.Values.Sum(account => account.InFlight);

    FunctionSlots SlotsOf(FunctionKey key) => _functions.TryGetValue(key, out var slots)
        ? slots
        : _functions.GetOrAdd(key, static (key, self) => new FunctionSlots(self.AccountOf(key), self._options, self._time), this);

    AccountSlots AccountOf(FunctionKey key) => _accounts.GetOrAdd(
        (key.AccountId, key.Region), static (_, self) => new AccountSlots(self._options, self._time), this);

    /// <summary>Changes of one function come in their order; what functions take from their account only adds up.</summary>
    void Follow(Function? before, Function? after)
    {
        var claimed = (after?.ClaimedConcurrency ?? 0) - (before?.ClaimedConcurrency ?? 0);
        if (claimed != 0)
            AccountOf((after ?? before)!.Key).Claim(claimed);
        if (after is null)
            _functions.TryRemove(before!.Key, out _);
        else if (after.ReservedConcurrency != before?.ReservedConcurrency || after.TotalProvisioned != (before?.TotalProvisioned ?? 0))
            SlotsOf(after.Key).Reserve(after.ReservedConcurrency, after.TotalProvisioned);
    }
}

/// <summary>What one account has in flight in one region without a reservation.</summary>
sealed class AccountSlots(ConcurrencyOptions options, TimeProvider time)
{
    readonly TokenBucket? _requests = FunctionSlots.RequestsOf(options.AccountLimit, options.AccountRequestRate, time);
    int _inFlight;
    int _claimed;

    public int InFlight => Volatile.Read(ref _inFlight);

    public void Claim(int more) => Interlocked.Add(ref _claimed, more);

    public string? TryEnter()
    {
        if (!FunctionSlots.TryCount(ref _inFlight, options.AccountLimit - Volatile.Read(ref _claimed)))
            return ThrottleReason.Account;
        if (_requests is null || _requests.TryTake())
            return null;
        Leave();
        return ThrottleReason.FunctionRate;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);
}

/// <summary>What one function has in flight on demand, and what it may.</summary>
sealed class FunctionSlots(AccountSlots account, ConcurrencyOptions options, TimeProvider time)
{
    int _inFlight;
    volatile Reservation? _reservation;

    public int InFlight => Volatile.Read(ref _inFlight);

    public TokenBucket Starts { get; } = new(Math.Max(1, options.ScalingRate), Math.Max(1, options.ScalingRate) / 10.0, time);

    /// <summary>Provisioned environments are part of the reservation: they leave that much less to be used on demand.</summary>
    public void Reserve(int? reserved, int provisioned) => _reservation = reserved is { } total
        ? new Reservation(Math.Max(0, total - provisioned), RequestsOf(total, options.ReservedRequestRate, time))
        : null;

    /// <summary>Null when the invocation may run, else AWS's word for why not.</summary>
    public string? TryEnter(out bool holdsUnreserved)
    {
        holdsUnreserved = false;
        if (_reservation is { } reservation)
        {
            if (!TryCount(ref _inFlight, reservation.OnDemand))
                return ThrottleReason.Reserved;
            if (reservation.Requests is null || reservation.Requests.TryTake())
                return null;
            Interlocked.Decrement(ref _inFlight);
            return ThrottleReason.ReservedRate;
        }

        if (account.TryEnter() is { } refused)
            return refused;
        holdsUnreserved = true;
        Interlocked.Increment(ref _inFlight);
        return null;
    }

    public void Leave(bool holdsUnreserved)
    {
        Interlocked.Decrement(ref _inFlight);
        if (holdsUnreserved)
            account.Leave();
    }

    /// <summary>Counting first and asking afterwards would refuse others for the moment of a request that is refused itself.</summary>
    public static bool TryCount(ref int counter, int limit)
    {
        var count = Volatile.Read(ref counter);
        while (count < limit)
        {
            var seen = Interlocked.CompareExchange(ref counter, count + 1, count);
            if (seen == count)
                return true;
            count = seen;
        }

        return false;
    }

    public static TokenBucket? RequestsOf(int concurrency, int rate, TimeProvider time) =>
        concurrency > 0 && rate > 0 ? new TokenBucket(concurrency * rate, (double)concurrency * rate, time) : null;

    sealed record Reservation(int OnDemand, TokenBucket? Requests);
}

/// <summary>One unit of concurrency. Leaving twice counts once.</summary>
public sealed class ConcurrencySlot
{
    readonly bool _holdsUnreserved;
    FunctionSlots? _function;

    internal ConcurrencySlot(FunctionSlots function, bool holdsUnreserved) => (_function, _holdsUnreserved) = (function, holdsUnreserved);

    public void Leave() => Interlocked.Exchange(ref _function, null)?.Leave(_holdsUnreserved);
}

/// <summary>The <c>Reason</c> of a TooManyRequestsException.</summary>
public static class ThrottleReason
{
    public const string Account = "ConcurrentInvocationLimitExceeded";
    public const string Reserved = "ReservedFunctionConcurrentInvocationLimitExceeded";
    public const string ReservedRate = "ReservedFunctionInvocationRateLimitExceeded";
    public const string FunctionRate = "FunctionInvocationRateLimitExceeded";
    public const string CallerRate = "CallerRateLimitExceeded";
}
