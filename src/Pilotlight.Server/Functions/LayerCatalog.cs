using System.Collections.Immutable;
using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>
/// Every layer, in memory: immutable objects that readers find without a lock. A change is decided on the newest state, written to the
/// database, and only then seen by others.
/// </summary>
public sealed class LayerCatalog(LayerStore store, PackageStore packages)
{
    readonly Lock _gate = new();
    readonly Turns<LayerKey> _turns = new();

    volatile ImmutableDictionary<(string AccountId, string Region), ImmutableSortedDictionary<string, Layer>> _layers =
        ImmutableDictionary<(string, string), ImmutableSortedDictionary<string, Layer>>.Empty;

    /// <summary>The layers of an account in a region, by name; also those of which no version is left.</summary>
    public ImmutableSortedDictionary<string, Layer> List(string accountId, string region) =>
        _layers.GetValueOrDefault((accountId, region)) ?? None;

    public Layer? Find(LayerKey key) => List(key.AccountId, key.Region).GetValueOrDefault(key.Name);

    public LayerVersion? Find(LayerKey key, long number) => Find(key)?.Versions.GetValueOrDefault(number);

    public IEnumerable<Layer> All() => _layers.Values.SelectMany(scope => scope.Values);

    /// <summary>Reads everything back from the database. Before the first request.</summary>
    public void Load()
    {
        _layers = store.Load().GroupBy(layer => (layer.Key.AccountId, layer.Key.Region)).ToImmutableDictionary(
            scope => scope.Key,
            scope => scope.ToImmutableSortedDictionary(layer => layer.Key.Name, layer => layer, StringComparer.Ordinal));
        foreach (var layer in All())
            packages.Keep(PackagesOf(layer));
    }

    /// <summary>
    /// Changes one layer: <paramref name="decide"/> gets the newest state (null: there is none) and returns the next (null: forget it and
    /// its numbers; the same object: nothing to do). When the task completes the change is on disk and visible.
    /// </summary>
    /// <exception cref="AwsException">What <paramref name="decide"/> threw to refuse.</exception>
    public async Task<Layer?> ChangeAsync(LayerKey key, Func<Layer?, Layer?> decide)
    {
        Layer? before, after;
        using (await _turns.TakeAsync(key))
        {
            before = Find(key);
            after = decide(before);
            if (ReferenceEquals(before, after))
                return after;
            await store.SaveAsync(key, before, after);
            packages.Keep(PackagesOf(after));
            lock (_gate)
            {
                var place = (key.AccountId, key.Region);
                var scope = _layers.GetValueOrDefault(place) ?? None;
                _layers = _layers.SetItem(place, after is null ? scope.Remove(key.Name) : scope.SetItem(key.Name, after));
            }
        }

        packages.Release(PackagesOf(before));
        return after;
    }

    static IEnumerable<string> PackagesOf(Layer? layer) => layer?.Versions.Values.Select(version => version.CodeHash) ?? [];

    static readonly ImmutableSortedDictionary<string, Layer> None = ImmutableSortedDictionary.Create<string, Layer>(StringComparer.Ordinal);
}
