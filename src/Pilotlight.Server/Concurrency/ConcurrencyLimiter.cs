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
    /// <summary>An invocation that has answered is over within microseconds; who calls again at once is not to be throttled for them.</summary>
    static readonly TimeSpan s_finishingGrace = TimeSpan.FromMilliseconds(100);

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

    /// <summary>As <see cref="TryEnter"/>, but waits a moment where an invocation has answered and is about to leave its slot.</summary>
    public ValueTask<ConcurrencyEntry> EnterAsync(FunctionVersion version)
    {
        if (TryEnter(version, out var reason) is { } slot)
            return new ValueTask<ConcurrencyEntry>(new ConcurrencyEntry(slot, null));
        return SlotsOf(version.Key).CounterOf(reason!) is { Finishing: > 0 } counter
            ? EnterSoonAsync(version, counter, reason!)
            : new ValueTask<ConcurrencyEntry>(new ConcurrencyEntry(null, reason));
    }

    async ValueTask<ConcurrencyEntry> EnterSoonAsync(FunctionVersion version, SlotCounter counter, string reason)
    {
        using var patience = new CancellationTokenSource(s_finishingGrace, _time);
        while (true)
        {
            // Waiting first and asking then, nobody can leave unseen in between.
            using var place = counter.TryWait(patience.Token);
            if (TryEnter(version, out var refused) is { } slot)
                return new ConcurrencyEntry(slot, null);
            if (refused != reason || place is null || !await place.SomebodyLeft)
                return new ConcurrencyEntry(null, refused);
        }
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
    int _claimed;

    public SlotCounter Counter { get; } = new();

    public int InFlight => Counter.InFlight;

    public void Claim(int more) => Interlocked.Add(ref _claimed, more);

    public string? TryEnter()
    {
        if (!Counter.TryEnter(options.AccountLimit - Volatile.Read(ref _claimed)))
            return ThrottleReason.Account;
        if (_requests is null || _requests.TryTake())
            return null;
        Counter.Leave();
        return ThrottleReason.FunctionRate;
    }
}

/// <summary>What one function has in flight on demand, and what it may.</summary>
sealed class FunctionSlots(AccountSlots account, ConcurrencyOptions options, TimeProvider time)
{
    readonly SlotCounter _counter = new();
    volatile Reservation? _reservation;

    public int InFlight => _counter.InFlight;

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
            if (!_counter.TryEnter(reservation.OnDemand))
                return ThrottleReason.Reserved;
            if (reservation.Requests is null || reservation.Requests.TryTake())
                return null;
            _counter.Leave();
            return ThrottleReason.ReservedRate;
        }

        if (account.TryEnter() is { } refused)
            return refused;
        holdsUnreserved = true;
        _counter.Enter();
        return null;
    }

    public void Finish(bool holdsUnreserved)
    {
        _counter.Finish();
        if (holdsUnreserved)
            account.Counter.Finish();
    }

    public void Leave(bool holdsUnreserved, bool isFinishing)
    {
        _counter.Leave(isFinishing);
        if (holdsUnreserved)
            account.Counter.Leave(isFinishing);
    }

    /// <summary>What was full when this was the reason; null for rates.</summary>
    public SlotCounter? CounterOf(string reason) => reason switch
    {
        ThrottleReason.Reserved => _counter,
        ThrottleReason.Account => account.Counter,
        _ => null,
    };

    public static TokenBucket? RequestsOf(int concurrency, int rate, TimeProvider time) =>
        concurrency > 0 && rate > 0 ? new TokenBucket(concurrency * rate, (double)concurrency * rate, time) : null;

    sealed record Reservation(int OnDemand, TokenBucket? Requests);
}

/// <summary>A slot, or the reason (AWS's word) why there is none.</summary>
public readonly record struct ConcurrencyEntry(ConcurrencySlot? Slot, string? Reason);

/// <summary>One unit of concurrency. Leaving twice counts once.</summary>
public sealed class ConcurrencySlot
{
    const int Taken = 0;
    const int Finishing = 1;
    const int Left = 2;

    readonly FunctionSlots _function;
    readonly bool _holdsUnreserved;
    int _state;

    internal ConcurrencySlot(FunctionSlots function, bool holdsUnreserved) => (_function, _holdsUnreserved) = (function, holdsUnreserved);

    /// <summary>The invocation has answered and will leave in a moment.</summary>
    public void Finish()
    {
        if (Interlocked.CompareExchange(ref _state, Finishing, Taken) == Taken)
            _function.Finish(_holdsUnreserved);
    }

    public void Leave()
    {
        var state = Interlocked.Exchange(ref _state, Left);
        if (state != Left)
            _function.Leave(_holdsUnreserved, state == Finishing);
    }
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
