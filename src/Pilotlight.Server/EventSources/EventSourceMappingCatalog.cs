using System.Collections.Immutable;
using Pilotlight.Functions;

namespace Pilotlight.EventSources;

/// <summary>Where mappings live: those of one account in one region know of each other.</summary>
public readonly record struct MappingScope(string AccountId, string Region);

/// <summary>
/// Every mapping, in memory: immutable, found without a lock. A change is decided on the newest state, written, and only then seen;
/// changes in one account and region come one after the other, because two equal mappings must not be made at once.
/// </summary>
public sealed class EventSourceMappingCatalog(EventSourceMappingStore store)
{
    readonly Turns<MappingScope> _turns = new();
    readonly Lock _gate = new();

    volatile ImmutableDictionary<MappingScope, ImmutableSortedDictionary<string, EventSourceMapping>> _scopes =
        ImmutableDictionary<MappingScope, ImmutableSortedDictionary<string, EventSourceMapping>>.Empty;

    public EventSourceMapping? Find(MappingScope scope, string id) => List(scope).GetValueOrDefault(id);

    /// <summary>By id.</summary>
    public ImmutableSortedDictionary<string, EventSourceMapping> List(MappingScope scope) => _scopes.GetValueOrDefault(scope) ?? s_none;

    public IEnumerable<EventSourceMapping> All() => _scopes.Values.SelectMany(scope => scope.Values);

    /// <summary>Reads everything back from the database. Before the first request.</summary>
    public void Load() => _scopes = store.Load()
        .GroupBy(mapping => new MappingScope(mapping.AccountId, mapping.Region))
        .ToImmutableDictionary(scope => scope.Key, scope => scope.ToImmutableSortedDictionary(mapping => mapping.Id, mapping => mapping, StringComparer.Ordinal));

    /// <summary>Adds what <paramref name="decide"/> makes, which sees the mappings that there are.</summary>
    /// <exception cref="Api.AwsException">What it threw to refuse.</exception>
    public async Task<EventSourceMapping> AddAsync(MappingScope scope, Func<IEnumerable<EventSourceMapping>, EventSourceMapping> decide)
    {
        using var turn = await _turns.TakeAsync(scope);
        var added = decide(List(scope).Values);
        await store.SaveAsync(added);
        Replace(scope, added.Id, added);
        return added;
    }

    /// <summary>Changes a mapping: <paramref name="decide"/> gets the newest state (null: there is none) and returns the next (null: it goes).</summary>
    /// <exception cref="Api.AwsException">What it threw to refuse.</exception>
    public async Task<EventSourceMapping?> ChangeAsync(MappingScope scope, string id, Func<EventSourceMapping?, EventSourceMapping?> decide)
    {
        using var turn = await _turns.TakeAsync(scope);
        var before = Find(scope, id);
        var after = decide(before);
        if (ReferenceEquals(before, after))
            return after;
        await (after is null ? store.DeleteAsync(before!) : store.SaveAsync(after));
        Replace(scope, id, after);
        return after;
    }

    void Replace(MappingScope scope, string id, EventSourceMapping? after)
    {
        lock (_gate)
        {
            var mappings = List(scope);
            _scopes = _scopes.SetItem(scope, after is null ? mappings.Remove(id) : mappings.SetItem(id, after));
        }
    }

    static readonly ImmutableSortedDictionary<string, EventSourceMapping> s_none =
        ImmutableSortedDictionary.Create<string, EventSourceMapping>(StringComparer.Ordinal);
}
