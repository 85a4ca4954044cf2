using System.Text.Json;
using Pilotlight.Storage;

namespace Pilotlight.EventSources;

/// <summary>The SQL of mappings: one row each, a document; all questions are answered from memory.</summary>
public sealed class EventSourceMappingStore
{
    readonly Database _database;

    public EventSourceMappingStore(Database database)
    {
        _database = database;
        database.Migrate(
            "event-sources",
            """
            CREATE TABLE event_source_mappings (
                account_id TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
                PRIMARY KEY (account_id, region, id));
            """);
    }

    public IReadOnlyList<EventSourceMapping> Load() => _database.Read(connection => connection.Query(
        "SELECT document FROM event_source_mappings", row => JsonSerializer.Deserialize(row.GetString(0), EventSourcesJson.Default.EventSourceMapping)!));

    public Task SaveAsync(EventSourceMapping mapping) => _database.WriteAsync(connection => connection.Execute(
        """
        INSERT INTO event_source_mappings (account_id, region, id, document) VALUES ($account, $region, $id, $document)
        ON CONFLICT (account_id, region, id) DO UPDATE SET document = excluded.document
        """,
        ("$account", mapping.AccountId), ("$region", mapping.Region), ("$id", mapping.Id),
        ("$document", JsonSerializer.Serialize(mapping, EventSourcesJson.Default.EventSourceMapping))));

    public Task DeleteAsync(EventSourceMapping mapping) => _database.WriteAsync(connection => connection.Execute(
        "DELETE FROM event_source_mappings WHERE account_id = $account AND region = $region AND id = $id",
        ("$account", mapping.AccountId), ("$region", mapping.Region), ("$id", mapping.Id)));
}
