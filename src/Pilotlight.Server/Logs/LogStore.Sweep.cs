using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Logs;

public sealed partial class LogStore
{
    /// <summary>Chunks deleted in one transaction: function output goes on between two of them.</summary>
    const int SweepChunks = 500;

    /// <summary>Deletes expired events and what deleted groups and streams left behind.</summary>
    internal async Task SweepAsync(CancellationToken cancellation)
    {
        var now = Now;
        foreach (var id in Ids("SELECT id FROM swept_groups"))
        {
            await SweepAsync("group_id = $id", id, 0, cancellation);
            await _database.WriteAsync(connection => { connection.Execute("DELETE FROM swept_groups WHERE id = $id", ("$id", id)); }, cancellation);
        }

        foreach (var id in Ids("SELECT id FROM swept_streams"))
        {
            await SweepAsync("stream_id = $id", id, 0, cancellation);
            await _database.WriteAsync(connection => { connection.Execute("DELETE FROM swept_streams WHERE id = $id", ("$id", id)); }, cancellation);
        }

        var expiring = _database.Read(static connection =>
            connection.Query($"SELECT {GroupColumns} FROM log_groups WHERE retention_days IS NOT NULL", ReadGroup));
        foreach (var group in expiring)
            await SweepAsync("group_id = $id AND min_time < $before AND max_time < $before", group.Id, group.ExpiredBefore(now), cancellation);
    }

    List<long> Ids(string sql) => _database.Read(connection => connection.Query(sql, static row => row.GetInt64(0)));

    async Task SweepAsync(string where, long id, long before, CancellationToken cancellation)
    {
        var swept = SweepChunks;
        while (swept == SweepChunks && !cancellation.IsCancellationRequested)
            swept = await _database.WriteAsync(connection => SweepOnce(connection, where, id, before), cancellation);
    }

    static int SweepOnce(SqliteConnection connection, string where, long id, long before)
    {
        var chunks = connection.Query(
            $"SELECT id, group_id, stream_id, stored_bytes FROM chunks WHERE {where} AND $before >= 0 LIMIT {SweepChunks}",
            static row => (Id: row.GetInt64(0), Group: row.GetInt64(1), Stream: row.GetInt64(2), Bytes: row.GetInt64(3)),
            ("$id", id), ("$before", before));
        foreach (var chunk in chunks)
            connection.Execute("DELETE FROM chunks WHERE id = $id", ("$id", chunk.Id));
        foreach (var group in chunks.GroupBy(chunk => chunk.Group))
            connection.Execute(
                "UPDATE log_groups SET stored_bytes = MAX(0, stored_bytes - $bytes) WHERE id = $id",
                ("$bytes", group.Sum(chunk => chunk.Bytes)), ("$id", group.Key));
        foreach (var stream in chunks.Select(chunk => chunk.Stream).Distinct())
            connection.Execute(
                "UPDATE log_streams SET first_event = (SELECT MIN(min_time) FROM chunks WHERE stream_id = $id) WHERE id = $id", ("$id", stream));
        return chunks.Count;
    }
}
