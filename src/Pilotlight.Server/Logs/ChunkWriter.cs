using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Logs;

/// <summary>Inserts chunks on the writing connection, with statements prepared once. Used only inside writes of the log database.</summary>
sealed class ChunkWriter(long lastId)
{
    SqliteConnection? _connection;
    SqliteCommand _insert = null!;
    SqliteCommand _touchStream = null!;
    SqliteCommand _touchGroup = null!;
    long _lastId = lastId;
    int _epoch;

    /// <summary>Changes when groups or streams are deleted: ids that were handed out may be gone.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    public void ForgetIds() => Interlocked.Increment(ref _epoch);

    public void Insert(SqliteConnection connection, StoredStream stream, ReadOnlySpan<PackedChunk> chunks, long now)
    {
        Prepare(connection);
        var (first, last, bytes) = (long.MaxValue, -1L, 0L);
        foreach (var (chunk, frames, isPacked) in chunks)
        {
            // Never used again, not even after a write that failed: positions in a stream are made of it.
            Set(_insert, ++_lastId, stream.GroupId, stream.StreamId, chunk.MinTimestamp, chunk.MaxTimestamp, now, chunk.StoredBytes, isPacked ? 1 : 0);
            SetFrames(_insert.Parameters[8], frames);
            _insert.ExecuteNonQuery();
            (first, last, bytes) = (Math.Min(first, chunk.MinTimestamp), Math.Max(last, chunk.MaxTimestamp), bytes + chunk.StoredBytes);
        }

        if (chunks.IsEmpty)
            return;
        Set(_touchStream, stream.StreamId, first, last, now);
        _touchStream.ExecuteNonQuery();
        Set(_touchGroup, stream.GroupId, bytes);
        _touchGroup.ExecuteNonQuery();
    }

    void Prepare(SqliteConnection connection)
    {
        if (ReferenceEquals(_connection, connection))
            return;
        _connection = connection;
        _insert = Command("INSERT INTO chunks VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8)", 9);
        _touchStream = Command("""
            UPDATE log_streams SET first_event = MIN(COALESCE(first_event, $1), $1), last_event = MAX(last_event, $2), last_ingestion = $3
            WHERE id = $0
            """, 4);
        _touchGroup = Command("UPDATE log_groups SET stored_bytes = stored_bytes + $1 WHERE id = $0", 2);

        SqliteCommand Command(string sql, int parameters)
        {
            var command = connection.Prepare(sql);
            for (var index = 0; index < parameters; index++)
                command.Parameters.Add(new SqliteParameter($"${index}", SqliteType.Integer));
            return command;
        }
    }

    static void Set(SqliteCommand command, params ReadOnlySpan<long> values)
    {
        for (var index = 0; index < values.Length; index++)
            command.Parameters[index].Value = values[index];
    }

    static void SetFrames(SqliteParameter parameter, ReadOnlyMemory<byte> frames)
    {
        parameter.SqliteType = SqliteType.Blob;
        // The whole array of a packed chunk is longer than its content; Size cuts it where it starts at zero.
        if (MemoryMarshal.TryGetArray(frames, out var segment) && segment.Offset == 0)
        {
            parameter.Value = segment.Array;
            parameter.Size = segment.Count;
        }
        else
        {
            parameter.Value = frames.ToArray();
            parameter.Size = frames.Length;
        }
    }
}
