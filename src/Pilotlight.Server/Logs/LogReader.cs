using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Logs;

/// <summary>What to read: a stream, or the streams of a group, and a range of time (both ends included).</summary>
sealed record LogScan
{
    public required long GroupId { get; init; }

    /// <summary>Null for all streams of the group.</summary>
    public IReadOnlyList<long>? StreamIds { get; init; }

    /// <summary>Only streams whose name begins so.</summary>
    public string? StreamPrefix { get; init; }

    public required long FromMilliseconds { get; init; }
    public required long ToMilliseconds { get; init; }
}

/// <summary>
/// Reads events in order, out of chunks that may overlap. The index tells each chunk's times; its bytes are fetched only when one of
/// its events is next, so that reading a flood costs the memory of a few chunks.
/// </summary>
sealed class LogReader(SqliteConnection connection, LogScan scan) : IDisposable
{
    readonly SqliteCommand _load = connection.Prepare("""
        SELECT c.frames, c.packed, c.ingested, s.name FROM chunks c JOIN log_streams s ON s.id = c.stream_id WHERE c.id = $id
        """, ("$id", 0L));

    // Disposing a command closes its reader: this one lives as long as what is read with it.
    SqliteCommand? _index;

    /// <summary>Bytes of messages looked at so far.</summary>
    public long BytesRead { get; private set; }

    public void Dispose()
    {
        _load.Dispose();
        _index?.Dispose();
    }

    /// <summary>Events after a position, oldest first.</summary>
    public IEnumerable<LogEvent> Forward(LogPosition after)
    {
        var from = Math.Max(scan.FromMilliseconds, after.Timestamp);
        var start = LogPosition.At(from) is var lower && lower.CompareTo(after) > 0 ? lower : after;
        using var index = OpenIndex(from, "min_time, id");
        var heads = new PriorityQueue<(long Id, LoadedChunk? Chunk, int Next), LogPosition>();
        var hasRow = index.Read();
        while (hasRow || heads.Count > 0)
        {
            // A chunk enters when its first event could be the next one.
            if (hasRow && (!heads.TryPeek(out _, out var head) || index.GetInt64(1) <= head.Timestamp))
            {
                heads.Enqueue((index.GetInt64(0), null, 0), LogPosition.OfEvent(index.GetInt64(1), index.GetInt64(0), 0));
                hasRow = index.Read();
                continue;
            }

            var (id, chunk, next) = heads.Dequeue();
            if (chunk is null)
            {
                if (Load(id) is not { } loaded)
                    continue;
                (chunk, next) = (loaded, loaded.FirstAfter(start));
            }
            else
            {
                var found = chunk[next++];
                if (found.Timestamp > scan.ToMilliseconds)
                    yield break;
                BytesRead += found.Message.Length;
                yield return found;
            }

            if (next < chunk.Count)
                heads.Enqueue((id, chunk, next), chunk.PositionOf(next));
        }
    }

    /// <summary>Events before a position, newest first.</summary>
    public IEnumerable<LogEvent> Backward(LogPosition before)
    {
        var to = Math.Min(scan.ToMilliseconds, before.Timestamp);
        using var index = OpenIndex(scan.FromMilliseconds, "min_time DESC, id DESC", to);
        var heads = new PriorityQueue<(long Id, LoadedChunk? Chunk, int Next), LogPosition>(
            Comparer<LogPosition>.Create(static (left, right) => right.CompareTo(left)));
        var hasRow = index.Read();
        while (hasRow || heads.Count > 0)
        {
            // A chunk ends at most MaxSpan after it begins: those that follow in the index cannot hold anything later.
            if (hasRow && (!heads.TryPeek(out _, out var head) || index.GetInt64(1) + LogChunk.MaxSpanMilliseconds >= head.Timestamp))
            {
                heads.Enqueue((index.GetInt64(0), null, 0), new LogPosition(index.GetInt64(2), index.GetInt64(0), int.MaxValue));
                hasRow = index.Read();
                continue;
            }

            var (id, chunk, next) = heads.Dequeue();
            if (chunk is null)
            {
                if (Load(id) is not { } loaded)
                    continue;
                (chunk, next) = (loaded, loaded.FirstAfter(before) - 1);
                while (next >= 0 && (chunk.PositionOf(next).CompareTo(before) >= 0 || chunk.PositionOf(next).Timestamp > to))
                    next--;
            }
            else
            {
                var found = chunk[next--];
                if (found.Timestamp < scan.FromMilliseconds)
                    yield break;
                BytesRead += found.Message.Length;
                yield return found;
            }

            if (next >= 0)
                heads.Enqueue((id, chunk, next), chunk.PositionOf(next));
        }
    }

    /// <summary>Rows: id, min_time, max_time of the chunks that may hold events in the range.</summary>
    SqliteDataReader OpenIndex(long from, string order, long? to = null)
    {
        var streams = scan switch
        {
            { StreamIds: { } ids } => $"AND stream_id IN ({string.Join(',', ids)})",
            { StreamPrefix: not null } => """
                AND stream_id IN (SELECT id FROM log_streams WHERE group_id = $group AND name >= $prefix AND name < $prefix || char(1114111))
                """,
            _ => "",
        };
        var where = scan.StreamIds is [var only] ? $"INDEXED BY chunks_by_stream WHERE stream_id = {only}"
            : $"INDEXED BY chunks_by_group WHERE group_id = $group {streams}";
        _index = connection.Prepare(
            $"""
             SELECT id, min_time, max_time FROM chunks {where} AND min_time >= $earliest AND min_time <= $to AND max_time >= $from
             ORDER BY {order}
             """,
            ("$earliest", from - LogChunk.MaxSpanMilliseconds), ("$from", from), ("$to", to ?? scan.ToMilliseconds));
        if (_index.CommandText.Contains("$group"))
            _index.Parameters.AddWithValue("$group", scan.GroupId);
        if (_index.CommandText.Contains("$prefix"))
            _index.Parameters.AddWithValue("$prefix", scan.StreamPrefix);
        return _index.ExecuteReader();
    }

    /// <summary>Null when the stream of the chunk was deleted meanwhile.</summary>
    LoadedChunk? Load(long id)
    {
        _load.Parameters[0].Value = id;
        using var row = _load.ExecuteReader();
        return row.Read()
            ? new LoadedChunk(id, LogChunk.Unpack(row.GetFieldValue<byte[]>(0), row.GetBoolean(1)), row.GetInt64(2), row.GetString(3))
            : null;
    }
}
