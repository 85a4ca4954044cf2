using System.Collections.Concurrent;
using System.Collections.Immutable;
using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>
/// Every function, in memory: immutable objects that readers find without a lock. A change is decided on the newest state, written to
/// the database, and only then seen by others; changes of one function come one after the other.
/// </summary>
/// <param name="random">Draws the versions of weighted aliases; null for <see cref="Random.Shared"/>.</param>
public sealed class FunctionCatalog(FunctionStore store, PackageStore packages, Random? random = null)
{
    readonly Random _random = random ?? Random.Shared;
    readonly Lock _gate = new();
    readonly Turns<FunctionKey> _turns = new();
    readonly Dictionary<FunctionKey, TaskCompletionSource> _waiters = [];
    readonly ConcurrentDictionary<FunctionKey, Function> _byKey = new();

    /// <summary>The same functions in the order of lists; lookups by key would cost ten times as much here.</summary>
    volatile ImmutableDictionary<(string AccountId, string Region), ImmutableSortedDictionary<string, Function>> _byName =
        ImmutableDictionary<(string, string), ImmutableSortedDictionary<string, Function>>.Empty;

    /// <summary>Raised with a version that will never run again: its code or configuration was replaced, or it was deleted.</summary>
    public event Action<FunctionVersion>? Retired;

    /// <summary>
    /// Raised with a function before and after a change (null: it was created, it was deleted), and for every function that was loaded.
    /// Changes of one function are told in their order, before the next may begin, so whoever listens must be quick.
    /// </summary>
    public event Action<Function?, Function?>? Changed;

    /// <summary>
    /// The version that one invocation runs: while an update is in progress, the previous one; behind a weighted alias, the one drawn.
    /// A new function is <c>Pending</c>.
    /// </summary>
    public FunctionVersion? Find(string accountId, string region, string name, string? qualifier) =>
        Find(new FunctionKey(accountId, region, name))?.Find(qualifier, _random);

    public FunctionVersion? Find(FunctionReference reference) => Find(reference.Key)?.Find(reference.Qualifier, _random);

    public Function? Find(FunctionKey key) => _byKey.GetValueOrDefault(key);

    /// <summary>The functions of an account in a region, by name.</summary>
    public ImmutableSortedDictionary<string, Function> List(string accountId, string region) =>
        _byName.GetValueOrDefault((accountId, region)) ?? ImmutableSortedDictionary<string, Function>.Empty;

    public IEnumerable<Function> All() => _byKey.Values;

    /// <summary>The version once it has left <c>Pending</c>; null when it is gone by then.</summary>
    public async ValueTask<FunctionVersion?> FindSettledAsync(FunctionReference reference, CancellationToken cancellation)
    {
        while (true)
        {
            var changed = NextChangeAsync(reference.Key, cancellation);
            var version = Find(reference);
            if (version is not { State: "Pending" })
                return version;
            await changed;
        }
    }

    /// <summary>Completes when the function is changed or deleted the next time.</summary>
    public Task NextChangeAsync(FunctionKey key, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_waiters.TryGetValue(key, out var waiter))
                _waiters[key] = waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiter.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>Reads everything back from the database. Before the first request.</summary>
    public void Load()
    {
        var scopes = new Dictionary<(string, string), ImmutableSortedDictionary<string, Function>.Builder>();
        foreach (var function in store.Load())
        {
            if (!scopes.TryGetValue((function.AccountId, function.Region), out var scope))
                scopes[(function.AccountId, function.Region)] = scope = ImmutableSortedDictionary.CreateBuilder<string, Function>(StringComparer.Ordinal);
            scope[function.Name] = _byKey[function.Key] = function;
            packages.Keep(function);
            Changed?.Invoke(null, function);
        }

        _byName = scopes.ToImmutableDictionary(scope => scope.Key, scope => scope.Value.ToImmutable());
    }

    /// <summary>
    /// Changes one function: <paramref name="decide"/> gets the newest state (null: there is none) and returns the next (null: delete it;
    /// the same object: nothing to do). When the task completes the change is on disk and visible.
    /// </summary>
    /// <exception cref="AwsException">What <paramref name="decide"/> threw to refuse.</exception>
    public async Task<Function?> ChangeAsync(FunctionKey key, Func<Function?, Function?> decide)
    {
        Function? before, after;
        using (await _turns.TakeAsync(key))
        {
            before = Find(key);
            after = decide(before);
            if (ReferenceEquals(before, after))
                return after;
            after = after?.WithoutOrphans();
            await store.SaveAsync(key, before, after);
            if (after is not null)
                packages.Keep(after);
            Replace(key, after);
            Changed?.Invoke(before, after);
        }

        if (before is not null)
        {
            packages.Release(before);
            Retire(before, after);
        }

        return after;
    }

    void Replace(FunctionKey key, Function? after)
    {
        lock (_gate)
        {
            var place = (key.AccountId, key.Region);
            var scope = _byName.GetValueOrDefault(place) ?? ImmutableSortedDictionary.Create<string, Function>(StringComparer.Ordinal);
            _byName = _byName.SetItem(place, after is null ? scope.Remove(key.Name) : scope.SetItem(key.Name, after));
            if (after is null)
                _byKey.TryRemove(key, out _);
            else
                _byKey[key] = after;
            if (_waiters.Remove(key, out var waiter))
                waiter.SetResult();
        }
    }

    void Retire(Function before, Function? after)
    {
        if (Retired is not { } retired)
            return;
        var alive = after?.Runnable().Select(version => version.Generation).ToHashSet() ?? [];
        foreach (var version in before.Runnable())
        {
            if (!alive.Contains(version.Generation))
                retired(version);
        }
    }
}
