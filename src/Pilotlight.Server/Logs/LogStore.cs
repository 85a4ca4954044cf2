using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Logs;

/// <summary>
/// The log database: groups, streams, and their events in chunks. Everything it acknowledges is on disk. Deleted groups and streams
/// vanish at once; their chunks are swept out later, a few at a time.
/// </summary>
public sealed partial class LogStore : IAsyncDisposable
{
    readonly Database _database;
    readonly TimeProvider _time;
    readonly ChunkWriter _chunks;

    public LogStore(DataFolder folder, TimeProvider time)
    {
        _time = time;
        _database = Database.Open(folder.LogDatabase);
        _database.Migrate("Logs", Schema, SubscriptionSchema, PolicySchema);
        _chunks = new ChunkWriter(_database.Read(static connection =>
            // Cursors of subscriptions count: the chunks before them may have been swept out, and their ids are not used again.
            connection.Query(
                "SELECT MAX((SELECT COALESCE(MAX(id), 0) FROM chunks), (SELECT COALESCE(MAX(cursor), 0) FROM subscription_filters))",
                static row => row.GetInt64(0))[0]));
        LoadSubscriptions();
        LoadPolicies();
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>Writes what the streams of running functions took in, in one transaction. Missing groups and streams are made.</summary>
    internal async Task AppendAsync(List<(LogStreamWriter Writer, LogBlock Block)> batch)
    {
        var now = Now;
        var streams = new (LogStreamWriter Writer, PackedChunk[] Chunks, StoredStream? Stored)[batch.Count];
        var cut = new List<LogChunk>();
        for (var index = 0; index < streams.Length; index++)
        {
            cut.Clear();
            LogChunk.Cut(batch[index].Block.Frames, cut);
            streams[index] = (batch[index].Writer, [.. cut.Select(PackedChunk.From)], batch[index].Writer.Stored);
        }

        await _database.WriteAsync(connection =>
        {
            foreach (ref var stream in streams.AsSpan())
            {
                if (stream.Stored is null || stream.Stored.Epoch != _chunks.Epoch)
                    stream.Stored = FindOrCreate(connection, stream.Writer.Key, now);
                _chunks.Insert(connection, stream.Stored, stream.Chunks, now);
            }
        });
        // Only now: rows made by a write that failed are gone, and their ids must not be remembered.
        foreach (var stream in streams)
        {
            stream.Writer.Stored = stream.Stored;
            TellSubscribers(new LogScope(stream.Writer.Key.AccountId, stream.Writer.Key.Region), stream.Writer.Key.Group);
        }
    }

    /// <summary>Empties the database.</summary>
    public async Task ResetAsync()
    {
        await _database.WriteAsync(connection =>
        {
            connection.Execute("DELETE FROM resource_policies; DELETE FROM subscription_filters; DELETE FROM chunks; DELETE FROM log_streams; DELETE FROM log_groups; DELETE FROM log_group_tags; DELETE FROM swept_groups; DELETE FROM swept_streams");
            _chunks.ForgetIds();
        });
        LoadSubscriptions();
        LoadPolicies();
    }

    internal long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    StoredStream FindOrCreate(SqliteConnection connection, LogStreamKey key, long now)
    {
        connection.Execute(
            "INSERT INTO log_groups (account, region, name, created) VALUES ($account, $region, $name, $now) ON CONFLICT DO NOTHING",
            ("$account", key.AccountId), ("$region", key.Region), ("$name", key.Group), ("$now", now));
        var group = connection.Query(
            "SELECT id FROM log_groups WHERE account = $account AND region = $region AND name = $name", static row => row.GetInt64(0),
            ("$account", key.AccountId), ("$region", key.Region), ("$name", key.Group))[0];
        connection.Execute(
            "INSERT INTO log_streams (group_id, name, created) VALUES ($group, $name, $now) ON CONFLICT DO NOTHING",
            ("$group", group), ("$name", key.Stream), ("$now", now));
        var stream = connection.Query(
            "SELECT id FROM log_streams WHERE group_id = $group AND name = $name", static row => row.GetInt64(0),
            ("$group", group), ("$name", key.Stream))[0];
        return new StoredStream(group, stream, _chunks.Epoch);
    }

    const string Schema = """
        CREATE TABLE log_groups (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            name TEXT NOT NULL,
            created INTEGER NOT NULL,
            retention_days INTEGER,
            class TEXT NOT NULL DEFAULT 'STANDARD',
            kms_key TEXT,
            stored_bytes INTEGER NOT NULL DEFAULT 0,
            UNIQUE (account, region, name));
        CREATE TABLE log_streams (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            group_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            created INTEGER NOT NULL,
            first_event INTEGER,
            last_event INTEGER NOT NULL DEFAULT -1,
            last_ingestion INTEGER,
            UNIQUE (group_id, name));
        CREATE TABLE log_group_tags (group_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (group_id, key));
        CREATE INDEX log_streams_by_last_event ON log_streams (group_id, last_event, name);
        CREATE TABLE chunks (
            id INTEGER PRIMARY KEY,
            group_id INTEGER NOT NULL,
            stream_id INTEGER NOT NULL,
            min_time INTEGER NOT NULL,
            max_time INTEGER NOT NULL,
            ingested INTEGER NOT NULL,
            stored_bytes INTEGER NOT NULL,
            packed INTEGER NOT NULL,
            frames BLOB NOT NULL);
        CREATE INDEX chunks_by_stream ON chunks (stream_id, min_time, id, max_time);
        CREATE INDEX chunks_by_group ON chunks (group_id, min_time, id, max_time, stream_id);
        CREATE TABLE swept_groups (id INTEGER PRIMARY KEY);
        CREATE TABLE swept_streams (id INTEGER PRIMARY KEY);
        """;
}

/// <summary>Ids of a stream's rows, valid while the epoch lasts.</summary>
sealed record StoredStream(long GroupId, long StreamId, int Epoch);

readonly record struct PackedChunk(LogChunk Chunk, ReadOnlyMemory<byte> Bytes, bool IsPacked)
{
    public static PackedChunk From(LogChunk chunk)
    {
        var (bytes, isPacked) = chunk.Pack();
        return new PackedChunk(chunk, bytes, isPacked);
    }
}
