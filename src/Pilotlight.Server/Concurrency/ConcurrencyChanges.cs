using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

/// <summary>
/// Changes to what functions take out of their account's concurrency. Each is decided on the sum over all of the account's functions, so
/// within an account and region they come one after the other.
/// </summary>
sealed class ConcurrencyChanges(FunctionCatalog catalog, ConcurrencyOptions options)
{
    readonly Turns<(string Account, string Region)> _turns = new();

    /// <summary>As <see cref="FunctionCatalog.ChangeAsync"/>; <paramref name="decide"/> also gets what no other function has claimed.</summary>
    public async Task<Function> ChangeAsync(FunctionKey key, Func<Function?, int, Function> decide)
    {
        using (await _turns.TakeAsync((key.AccountId, key.Region)))
        {
            var claimed = catalog.List(key.AccountId, key.Region).Values.Sum(function => function.ClaimedConcurrency);
            return (await catalog.ChangeAsync(key, function =>
                decide(function, options.AccountLimit - claimed + (function?.ClaimedConcurrency ?? 0))))!;
        }
    }
}
