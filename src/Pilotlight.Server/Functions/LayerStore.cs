using System.Collections.Immutable;
using System.Text.Json;
using Pilotlight.Storage;

namespace Pilotlight.Functions;

/// <summary>The SQL of layers: one row a layer for its numbers, one a version.</summary>
public sealed class LayerStore
{
    readonly Database _database;

    public LayerStore(Database database)
    {
        _database = database;
        database.Migrate(
            "layers",
            """
            CREATE TABLE layers (
                account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, last_version BIGINT NOT NULL,
                PRIMARY KEY (account_id, region, name));
            CREATE TABLE layer_versions (
                account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, document TEXT NOT NULL,
                PRIMARY KEY (account_id, region, name, version));
            """);
    }

    public IReadOnlyList<Layer> Load() => _database.Read(connection =>
    {
        var versions = connection
            .Query("SELECT document FROM layer_versions", row => JsonSerializer.Deserialize(row.GetString(0), LayersJson.Default.LayerVersion)!)
            .ToLookup(version => version.Key);
        return connection.Query("SELECT account_id, region, name, last_version FROM layers", row =>
        {
            var key = new LayerKey(row.GetString(0), row.GetString(1), row.GetString(2));
            return new Layer(key)
            {
                LastVersionNumber = row.GetInt64(3),
                Versions = versions[key].ToImmutableSortedDictionary(version => version.Number, version => version),
            };
        });
    });

    /// <summary>Makes the rows of a layer what it now is; null deletes them.</summary>
    public Task SaveAsync(LayerKey key, Layer? before, Layer? after) => _database.WriteAsync(connection =>
    {
        if (after is null)
            connection.Execute("DELETE FROM layers WHERE account_id = $account AND region = $region AND name = $name", [.. Names(key)]);
        else
            connection.Execute(
                """
                INSERT INTO layers (account_id, region, name, last_version) VALUES ($account, $region, $name, $last)
                ON CONFLICT (account_id, region, name) DO UPDATE SET last_version = excluded.last_version
                """,
                [.. Names(key), ("$last", after.LastVersionNumber)]);
        var (old, next) = (before?.Versions ?? NoVersions, after?.Versions ?? NoVersions);
        foreach (var (number, version) in next)
        {
            if (old.TryGetValue(number, out var known) && ReferenceEquals(known, version))
                continue;
            connection.Execute(
                """
                INSERT INTO layer_versions (account_id, region, name, version, document) VALUES ($account, $region, $name, $version, $document)
                ON CONFLICT (account_id, region, name, version) DO UPDATE SET document = excluded.document
                """,
                [.. Names(key), ("$version", number), ("$document", JsonSerializer.Serialize(version, LayersJson.Default.LayerVersion))]);
        }

        foreach (var number in old.Keys.Except(next.Keys))
            connection.Execute(
                "DELETE FROM layer_versions WHERE account_id = $account AND region = $region AND name = $name AND version = $version",
                [.. Names(key), ("$version", number)]);
    });

    static (string Name, object? Value)[] Names(LayerKey key) => [("$account", key.AccountId), ("$region", key.Region), ("$name", key.Name)];

    static readonly ImmutableSortedDictionary<long, LayerVersion> NoVersions = ImmutableSortedDictionary<long, LayerVersion>.Empty;
}
