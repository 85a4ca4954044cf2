using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Functions;

/// <summary>The SQL of functions: one row a function, one a published version. All questions are answered from memory, so the rows are documents.</summary>
public sealed class FunctionStore
{
    readonly Database _database;

    public FunctionStore(Database database)
    {
        _database = database;
        database.Migrate(
            "functions",
            """
            CREATE TABLE functions (
                account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
                PRIMARY KEY (account_id, region, name));
            CREATE TABLE function_versions (
                account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL,
                PRIMARY KEY (account_id, region, name, version));
            """);
    }

    public IReadOnlyList<Function> Load() => _database.Read(connection =>
    {
        var versions = connection
            .Query("SELECT document FROM function_versions", row => JsonSerializer.Deserialize(row.GetString(0), FunctionsJson.Default.FunctionVersion)!)
            .ToLookup(version => new FunctionKey(version.AccountId, version.Region, version.Name));
        return connection.Query("SELECT document FROM functions", row =>
        {
            var function = JsonSerializer.Deserialize(row.GetString(0), FunctionsJson.Default.Function)!;
            return function with { Published = versions[function.Key].ToImmutableSortedDictionary(version => int.Parse(version.Version), version => version) };
        });
    });

    /// <summary>Makes the rows of a function what it now is; null deletes them.</summary>
    public Task SaveAsync(FunctionKey key, Function? before, Function? after) => _database.WriteAsync(connection =>
    {
        if (after is null)
            connection.Execute("DELETE FROM functions WHERE account_id = $account AND region = $region AND name = $name", [.. Names(key)]);
        else
            connection.Execute(
                """
                INSERT INTO functions (account_id, region, name, document) VALUES ($account, $region, $name, $document)
                ON CONFLICT (account_id, region, name) DO UPDATE SET document = excluded.document
                """,
                [.. Names(key), ("$document", JsonSerializer.Serialize(after, FunctionsJson.Default.Function))]);
        SaveVersions(connection, key, before?.Published ?? NoVersions, after?.Published ?? NoVersions);
    });

    static void SaveVersions(
        SqliteConnection connection, FunctionKey key, ImmutableSortedDictionary<int, FunctionVersion> before,
        ImmutableSortedDictionary<int, FunctionVersion> after)
    {
        foreach (var (number, version) in after)
        {
            if (before.TryGetValue(number, out var known) && ReferenceEquals(known, version))
                continue;
            connection.Execute(
                """
                INSERT INTO function_versions (account_id, region, name, version, document) VALUES ($account, $region, $name, $version, $document)
                ON CONFLICT (account_id, region, name, version) DO UPDATE SET document = excluded.document
                """,
                [.. Names(key), ("$version", number), ("$document", JsonSerializer.Serialize(version, FunctionsJson.Default.FunctionVersion))]);
        }

        foreach (var number in before.Keys.Except(after.Keys))
            connection.Execute(
                "DELETE FROM function_versions WHERE account_id = $account AND region = $region AND name = $name AND version = $version",
                [.. Names(key), ("$version", number)]);
    }

    static (string Name, object? Value)[] Names(FunctionKey key) => [("$account", key.AccountId), ("$region", key.Region), ("$name", key.Name)];

    static readonly ImmutableSortedDictionary<int, FunctionVersion> NoVersions = ImmutableSortedDictionary<int, FunctionVersion>.Empty;
}
