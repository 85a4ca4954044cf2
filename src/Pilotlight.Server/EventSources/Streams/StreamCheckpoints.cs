using System.Text.Json;
using Pilotlight.Storage;

namespace Pilotlight.EventSources;

/// <summary>How far a mapping has come in a shard.</summary>
sealed record ShardCheckpoint
{
    /// <summary>The last record that is done with; null when there was none.</summary>
    public string? After { get; init; }

    /// <summary>The shard is closed, and every record of it is done with.</summary>
    public bool IsDone { get; init; }

    /// <summary>The tumbling window that is open, milliseconds since 1970.</summary>
    public long? WindowStart { get; init; }

    /// <summary>Its state, a JSON object.</summary>
    public string? WindowState { get; init; }
}

/// <summary>Where mappings go on after a stop, in the state database. A crash may lose the last of it: then records come once more.</summary>
public sealed class StreamCheckpoints
{
    /// <summary>Not the name of a shard: keeps the time when the mapping began to poll.</summary>
    const string Beginning = "";

    static readonly Statement<(string Mapping, string Shard, string Document)> s_save = new(
        """
        INSERT INTO stream_checkpoints (mapping, shard, document) VALUES ($mapping, $shard, $document)
        ON CONFLICT (mapping, shard) DO UPDATE SET document = excluded.document
        """,
        ["$mapping", "$shard", "$document"],
        static (values, row) => (values[0], values[1], values[2]) = (row.Mapping, row.Shard, row.Document));

    readonly Database _database;
    readonly Lazy<Task> _swept;

    /// <param name="mappings">Makes the table that is looked at.</param>
    public StreamCheckpoints(Database database, EventSourceMappingStore mappings)
    {
        ArgumentNullException.ThrowIfNull(mappings);
        _database = database;
        database.Migrate(
            "stream-checkpoints",
            """
            CREATE TABLE stream_checkpoints (
                mapping TEXT NOT NULL, shard TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (mapping, shard)) WITHOUT ROWID;
            """);
        // Ids of mappings are never used twice, so that the checkpoints of deleted ones may wait for the next start.
        _swept = new Lazy<Task>(() => database.WriteAsync(static connection => connection.Execute(
            "DELETE FROM stream_checkpoints WHERE mapping NOT IN (SELECT id FROM event_source_mappings)")));
    }

    /// <summary>When the mapping began to poll, now if it never did; and its checkpoints by shard.</summary>
    internal async Task<(DateTimeOffset Begun, Dictionary<string, ShardCheckpoint> Shards)> BeginAsync(string mapping, DateTimeOffset now)
    {
        await _swept.Value;
        var rows = _database.Read(connection => connection.Query(
            "SELECT shard, document FROM stream_checkpoints WHERE mapping = $mapping", static row => (Shard: row.GetString(0), Document: row.GetString(1)),
            ("$mapping", mapping)));
        var begun = rows.Find(static row => row.Shard == Beginning) is { Document: { } text } && long.TryParse(text, out var ticks)
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : (DateTimeOffset?)null;
        if (begun is null)
            await _database.WriteAsync(s_save, (mapping, Beginning, $"{now.UtcTicks}"));
        return (begun ?? now, rows.Where(static row => row.Shard != Beginning).ToDictionary(
            static row => row.Shard, static row => JsonSerializer.Deserialize(row.Document, EventSourcesJson.Default.ShardCheckpoint)!, StringComparer.Ordinal));
    }

    /// <summary>On disk with the next commit.</summary>
    internal ValueTask SaveLaterAsync(string mapping, string shard, ShardCheckpoint checkpoint) =>
        _database.WriteLaterAsync(s_save, (mapping, shard, JsonSerializer.Serialize(checkpoint, EventSourcesJson.Default.ShardCheckpoint)));

    /// <summary>On disk when it completes.</summary>
    internal Task SaveAsync(string mapping, string shard, ShardCheckpoint checkpoint) =>
        _database.WriteAsync(s_save, (mapping, shard, JsonSerializer.Serialize(checkpoint, EventSourcesJson.Default.ShardCheckpoint)));

    /// <summary>Shards that have expired.</summary>
    internal Task ForgetAsync(string mapping, IReadOnlyList<string> shards) => _database.WriteAsync(connection =>
    {
        foreach (var shard in shards)
            connection.Execute("DELETE FROM stream_checkpoints WHERE mapping = $mapping AND shard = $shard", ("$mapping", mapping), ("$shard", shard));
    });
}
