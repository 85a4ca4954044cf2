using Microsoft.Data.Sqlite;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Logs;

public sealed partial class LogStore
{
    const string StreamColumns = "id, name, created, first_event, last_event, last_ingestion";

    internal LogStream? FindStream(LogGroup group, string name) => _database.Read(connection => FindStream(connection, group.Id, name));

    internal List<LogStream> ListStreamsByName(LogGroup group, string? prefix, string? after, LogOrder order, int limit)
    {
        var (comparison, direction) = order == LogOrder.Ascending ? (">", "ASC") : ("<", "DESC");
        return _database.Read(connection => connection.Query(
            $"""
             SELECT {StreamColumns} FROM log_streams
             WHERE group_id = $group AND ($after IS NULL OR name {comparison} $after)
                 AND ($prefix IS NULL OR name >= $prefix AND name < $prefix || char(1114111))
             ORDER BY name {direction} LIMIT $limit
             """, ReadStream,
            ("$group", group.Id), ("$after", after), ("$prefix", prefix), ("$limit", limit)));
    }

    internal List<LogStream> ListStreamsByLastEvent(LogGroup group, (long LastEvent, string Name)? after, LogOrder order, int limit)
    {
        var (comparison, direction) = order == LogOrder.Ascending ? (">", "ASC") : ("<", "DESC");
        return _database.Read(connection => connection.Query(
            $"""
             SELECT {StreamColumns} FROM log_streams
             WHERE group_id = $group AND ($name IS NULL OR (last_event, name) {comparison} ($last, $name))
             ORDER BY last_event {direction}, name {direction} LIMIT $limit
             """, ReadStream,
            ("$group", group.Id), ("$name", after?.Name), ("$last", after?.LastEvent), ("$limit", limit)));
    }

    internal Task<AwsError?> CreateStreamAsync(LogScope scope, string groupName, string name)
    {
        var now = Now;
        return _database.WriteAsync(connection =>
        {
            if (FindGroup(connection, scope, groupName) is not { } group)
                return LogsErrors.NoSuchGroup;
            if (FindStream(connection, group.Id, name) is not null)
                return LogsErrors.StreamExists;
            connection.Execute(
                "INSERT INTO log_streams (group_id, name, created) VALUES ($group, $name, $now)",
                ("$group", group.Id), ("$name", name), ("$now", now));
            return (AwsError?)null;
        });
    }

    internal Task<AwsError?> DeleteStreamAsync(LogScope scope, string groupName, string name) => _database.WriteAsync(connection =>
    {
        if (FindGroup(connection, scope, groupName) is not { } group)
            return LogsErrors.NoSuchGroup;
        if (FindStream(connection, group.Id, name) is not { } stream)
            return LogsErrors.NoSuchStream;
        connection.Execute("DELETE FROM log_streams WHERE id = $id", ("$id", stream.Id));
        connection.Execute("INSERT INTO swept_streams (id) VALUES ($id)", ("$id", stream.Id));
        _chunks.ForgetIds();
        return (AwsError?)null;
    });

    /// <summary>Writes frames into an existing stream; they are on disk when the task completes.</summary>
    internal async Task<AwsError?> PutAsync(LogScope scope, string groupName, string streamName, ReadOnlyMemory<byte> frames)
    {
        var now = Now;
        var cut = new List<LogChunk>();
        LogChunk.Cut(frames, cut);
        PackedChunk[] chunks = [.. cut.Select(PackedChunk.From)];
        var refused = await _database.WriteAsync(connection =>
        {
            if (FindGroup(connection, scope, groupName) is not { } group)
                return LogsErrors.NoSuchGroup;
            if (FindStream(connection, group.Id, streamName) is not { } stream)
                return LogsErrors.NoSuchStream;
            _chunks.Insert(connection, new StoredStream(group.Id, stream.Id, _chunks.Epoch), chunks, now);
            return (AwsError?)null;
        });
        if (refused is null)
            TellSubscribers(scope, groupName);
        return refused;
    }

    /// <summary>Reads events with the reader that the function is given, which lives as long as the call.</summary>
    internal T ReadEvents<T>(LogScan scan, Func<LogReader, T> read) => _database.Read(connection =>
    {
        using var reader = new LogReader(connection, scan);
        return read(reader);
    });

    static LogStream? FindStream(SqliteConnection connection, long groupId, string name) => connection.Query(
        $"SELECT {StreamColumns} FROM log_streams WHERE group_id = $group AND name = $name", ReadStream,
        ("$group", groupId), ("$name", name)) is [var stream] ? stream : null;

    static LogStream ReadStream(SqliteDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Name = row.GetString(1),
        CreatedMilliseconds = row.GetInt64(2),
        FirstEvent = row.IsDBNull(3) ? null : row.GetInt64(3),
        LastEvent = row.GetInt64(4),
        LastIngestion = row.IsDBNull(5) ? null : row.GetInt64(5),
    };
}

enum LogOrder
{
    Ascending,
    Descending,
}
