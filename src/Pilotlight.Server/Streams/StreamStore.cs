using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Streams;

/// <summary>
/// The SQL of streams and their records, in one database of their own: shards change on the thread that writes records, so that no record
/// is written to a shard after it was closed.
/// </summary>
public sealed class StreamStore : IAsyncDisposable
{
    const int RowsAtOnce = 2000;

    /// <summary>What was placed nowhere has no stream.</summary>
    static readonly Statement<RecordDraft> s_append = new(
        """
        INSERT INTO stream_records (stream, shard, position, partition_key, data)
        SELECT $stream, $shard, $position, $key, $data WHERE $stream IS NOT NULL
        """,
        ["$stream", "$shard", "$position", "$key", "$data"],
        static (values, draft) =>
        {
            var place = draft.Place();
            values[0] = place?.Stream.Id;
            values[1] = place?.Shard.Index;
            values[2] = place?.Position;
            values[3] = place is null ? null : draft.PartitionKey;
            values[4] = place is null ? null : draft.Bytes;
        });

    readonly Database _database;

    public StreamStore(DataFolder folder)
    {
        _database = Database.Open(folder.StreamDatabase);
        _database.Migrate(
            "streams",
            """
            CREATE TABLE streams (
                id INTEGER PRIMARY KEY AUTOINCREMENT, account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
                UNIQUE (account_id, region, name));
            CREATE TABLE stream_records (
                stream INTEGER NOT NULL, shard INTEGER NOT NULL, position INTEGER NOT NULL, partition_key TEXT NOT NULL, data BLOB NOT NULL,
                PRIMARY KEY (stream, shard, position)) WITHOUT ROWID;
            CREATE TABLE swept_streams (id INTEGER PRIMARY KEY);
            """);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    internal List<DataStream> Load() => _database.Read(connection => connection.Query(
        "SELECT id, document FROM streams",
        static row => JsonSerializer.Deserialize(row.GetString(1), StreamsJson.Default.DataStream)! with { Id = row.GetInt64(0) }));

    /// <summary>Runs on the writer's thread.</summary>
    internal Task<T> WriteAsync<T>(Func<SqliteConnection, T> write) => _database.WriteAsync(write);

    /// <summary>Inserts or replaces; returns the stream with its id.</summary>
    internal static DataStream Save(SqliteConnection connection, DataStream stream)
    {
        var id = connection.Query(
            """
            INSERT INTO streams (account_id, region, name, document) VALUES ($account, $region, $name, $document)
            ON CONFLICT (account_id, region, name) DO UPDATE SET document = excluded.document RETURNING id
            """,
            static row => row.GetInt64(0),
            ("$account", stream.AccountId), ("$region", stream.Region), ("$name", stream.Name),
            ("$document", JsonSerializer.Serialize(stream, StreamsJson.Default.DataStream)))[0];
        return stream with { Id = id };
    }

    /// <summary>Its records are nobody's from now on, and swept out later.</summary>
    internal static void Delete(SqliteConnection connection, DataStream stream)
    {
        connection.Execute("DELETE FROM streams WHERE id = $id", ("$id", stream.Id));
        connection.Execute("INSERT OR IGNORE INTO swept_streams (id) VALUES ($id)", ("$id", stream.Id));
    }

    /// <summary>On disk when it completes; the draft knows where.</summary>
    internal Task AppendAsync(RecordDraft draft) => _database.WriteAsync(s_append, draft);

    /// <summary>Records from a position on, until one of the limits (at least one if there is one), and whether there are more.</summary>
    internal (List<StreamRecord> Records, bool HasMore) Read(long stream, int shard, long from, int maxRecords, long maxBytes) =>
        _database.Read(connection =>
        {
            using var command = connection.Prepare(
                "SELECT position, partition_key, data FROM stream_records WHERE stream = $stream AND shard = $shard AND position >= $from ORDER BY position LIMIT $limit",
                ("$stream", stream), ("$shard", shard), ("$from", from), ("$limit", maxRecords + 1));
            using var rows = command.ExecuteReader();
            var records = new List<StreamRecord>();
            var bytes = 0L;
            while (rows.Read())
            {
                if (records.Count == maxRecords)
                    return (records, true);
                var record = new StreamRecord(rows.GetInt64(0), rows.GetString(1), (byte[])rows[2]);
                bytes += record.Bytes.Length + record.PartitionKey.Length;
                if (bytes > maxBytes && records.Count > 0)
                    return (records, true);
                records.Add(record);
            }

            return (records, false);
        });

    /// <summary>Completes when every write that was started before is on disk, or was not kept.</summary>
    internal Task SettleWritesAsync() => _database.WriteAsync(static _ => true);

    /// <summary>The position of the newest record; 0 when there is none.</summary>
    internal long LastPosition(long stream, int shard) => _database.Read(connection => connection.Query(
        "SELECT COALESCE(MAX(position), 0) FROM stream_records WHERE stream = $stream AND shard = $shard", static row => row.GetInt64(0),
        ("$stream", stream), ("$shard", shard))[0]);

    /// <summary>Deletes what stands before a position, a part at a time.</summary>
    internal async Task TrimAsync(long stream, int shard, long before, CancellationToken cancellation)
    {
        int deleted;
        do
        {
            deleted = await _database.WriteAsync(
                connection => connection.Execute(
                    """
                    DELETE FROM stream_records WHERE stream = $stream AND shard = $shard AND position < $before AND position <= (
                        SELECT MAX(position) FROM (
                            SELECT position FROM stream_records WHERE stream = $stream AND shard = $shard ORDER BY position LIMIT $rows))
                    """,
                    ("$stream", stream), ("$shard", shard), ("$before", before), ("$rows", RowsAtOnce)), cancellation);
        }
        while (deleted == RowsAtOnce);
    }

    /// <summary>Deletes the records of deleted streams.</summary>
    internal async Task SweepAsync(CancellationToken cancellation)
    {
        foreach (var id in _database.Read(static connection => connection.Query("SELECT id FROM swept_streams", static row => row.GetInt64(0))))
        {
            var shards = _database.Read(connection => connection.Query(
                "SELECT DISTINCT shard FROM stream_records WHERE stream = $id", static row => row.GetInt32(0), ("$id", id)));
            foreach (var shard in shards)
                await TrimAsync(id, shard, long.MaxValue, cancellation);
            await _database.WriteAsync(connection => connection.Execute("DELETE FROM swept_streams WHERE id = $id", ("$id", id)), cancellation);
        }
    }
}
