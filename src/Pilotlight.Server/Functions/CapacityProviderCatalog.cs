using System.Collections.Concurrent;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Functions;

/// <summary>Every capacity provider: in memory for readers, one row each in the database.</summary>
public sealed class CapacityProviderCatalog
{
    readonly Database _database;
    readonly Turns<CapacityProviderKey> _turns = new();
    readonly ConcurrentDictionary<CapacityProviderKey, CapacityProvider> _byKey = new();

    public CapacityProviderCatalog(Database database)
    {
        _database = database;
        database.Migrate(
            "capacity_providers",
            """
            CREATE TABLE capacity_providers (
                account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
                PRIMARY KEY (account_id, region, name));
            """);
        foreach (var provider in database.Read(connection => connection.Query(
            "SELECT document FROM capacity_providers",
            row => JsonSerializer.Deserialize(row.GetString(0), FunctionsJson.Default.CapacityProvider)!)))
            _byKey[provider.Key] = provider;
    }

    public CapacityProvider? Find(CapacityProviderKey key) => _byKey.GetValueOrDefault(key);

    /// <summary>By name or ARN. Those of another account or region are none.</summary>
    public CapacityProvider? Find(string accountId, string region, string nameOrArn)
    {
        var provider = Find(new CapacityProviderKey(accountId, region, nameOrArn[(nameOrArn.LastIndexOf(':') + 1)..]));
        return nameOrArn.Contains(':') && provider?.Arn != nameOrArn ? null : provider;
    }

    /// <summary>By name.</summary>
    public IReadOnlyList<CapacityProvider> List(string accountId, string region) =>
    [
        .. _byKey.Values.Where(provider => provider.AccountId == accountId && provider.Region == region)
            .OrderBy(provider => provider.Name, StringComparer.Ordinal),
    ];

    /// <summary><paramref name="decide"/> gets the newest state and returns the next; null is none. It is on disk when the task completes.</summary>
    /// <exception cref="AwsException">What <paramref name="decide"/> threw to refuse.</exception>
    public async Task<CapacityProvider?> ChangeAsync(CapacityProviderKey key, Func<CapacityProvider?, CapacityProvider?> decide)
    {
        using var turn = await _turns.TakeAsync(key);
        var after = decide(Find(key));
        await SaveAsync(key, after);
        if (after is null)
            _byKey.TryRemove(key, out _);
        else
            _byKey[key] = after;
        return after;
    }

    Task SaveAsync(CapacityProviderKey key, CapacityProvider? provider) => _database.WriteAsync(connection =>
    {
        (string, object?)[] names = [("$account", key.AccountId), ("$region", key.Region), ("$name", key.Name)];
        if (provider is null)
            connection.Execute("DELETE FROM capacity_providers WHERE account_id = $account AND region = $region AND name = $name", names);
        else
            connection.Execute(
                """
                INSERT INTO capacity_providers (account_id, region, name, document) VALUES ($account, $region, $name, $document)
                ON CONFLICT (account_id, region, name) DO UPDATE SET document = excluded.document
                """,
                [.. names, ("$document", JsonSerializer.Serialize(provider, FunctionsJson.Default.CapacityProvider))]);
    });
}
