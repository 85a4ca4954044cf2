using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pilotlight.Storage;

namespace Pilotlight.EventBuses;

/// <summary>Something that an account made and named, kept as a document.</summary>
interface IBusResource
{
    BusScope Scope { get; }

    /// <summary>Its name within the scope.</summary>
    string Key { get; }
}

/// <summary>
/// Every resource of one kind, in memory: immutable, found without a lock. A change is decided on the newest state, written, and only
/// then seen; changes come one after the other.
/// </summary>
sealed class ResourceCatalog<T> where T : class, IBusResource
{
    static readonly ImmutableSortedDictionary<string, T> s_none = ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    readonly Database _database;
    readonly string _kind;
    readonly JsonTypeInfo<T> _type;
    readonly Lock _gate = new();
    Task _turn = Task.CompletedTask;
    volatile ImmutableDictionary<BusScope, ImmutableSortedDictionary<string, T>> _scopes;

    /// <param name="kind">Names its rows: <c>rule</c>.</param>
    public ResourceCatalog(Database database, string kind, JsonTypeInfo<T> type)
    {
        (_database, _kind, _type) = (database, kind, type);
        database.Migrate(
            "event-buses",
            """
            CREATE TABLE event_resources (
                kind TEXT NOT NULL, account_id TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
                PRIMARY KEY (kind, account_id, region, id));
            """);
        _scopes = database.Read(connection => connection.Query(
                "SELECT document FROM event_resources WHERE kind = $kind", row => JsonSerializer.Deserialize(row.GetString(0), type)!, ("$kind", kind)))
            .GroupBy(resource => resource.Scope)
            .ToImmutableDictionary(scope => scope.Key, scope => scope.ToImmutableSortedDictionary(resource => resource.Key, resource => resource, StringComparer.Ordinal));
    }

    public T? Find(BusScope scope, string key) => List(scope).GetValueOrDefault(key);

    /// <summary>By key. The same object until something in the scope changes.</summary>
    public ImmutableSortedDictionary<string, T> List(BusScope scope) => _scopes.GetValueOrDefault(scope) ?? s_none;

    public IEnumerable<T> All() => _scopes.Values.SelectMany(scope => scope.Values);

    /// <summary><paramref name="decide"/> gets the newest state (null: there is none) and returns the next (null: it goes).</summary>
    /// <exception cref="Api.AwsException">What it threw to refuse.</exception>
    public async Task<T?> ChangeAsync(BusScope scope, string key, Func<T?, T?> decide)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_gate)
            (before, _turn) = (_turn, turn.Task);
        await before;
        try
        {
            var known = Find(scope, key);
            var next = decide(known);
            if (ReferenceEquals(known, next))
                return next;
            await SaveAsync(scope, key, next);
            var resources = List(scope);
            _scopes = _scopes.SetItem(scope, next is null ? resources.Remove(key) : resources.SetItem(key, next));
            return next;
        }
        finally
        {
            turn.SetResult();
        }
    }

    public async Task EraseAsync()
    {
        foreach (var resource in All())
            await ChangeAsync(resource.Scope, resource.Key, static _ => null);
    }

    Task SaveAsync(BusScope scope, string key, T? next) => _database.WriteAsync(connection => connection.Execute(
        next is null
            ? "DELETE FROM event_resources WHERE kind = $kind AND account_id = $account AND region = $region AND id = $id"
            : """
              INSERT INTO event_resources (kind, account_id, region, id, document) VALUES ($kind, $account, $region, $id, $document)
              ON CONFLICT (kind, account_id, region, id) DO UPDATE SET document = excluded.document
              """,
        ("$kind", _kind), ("$account", scope.AccountId), ("$region", scope.Region), ("$id", key),
        ("$document", next is null ? null : JsonSerializer.Serialize(next, _type))));
}
