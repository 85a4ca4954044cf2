using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Queues;

/// <summary>A row to write.</summary>
/// <param name="Due">Unix milliseconds when a delayed message becomes visible, else 0.</param>
/// <param name="Deduplication">Hash of what its duplicates are told by (FIFO).</param>
readonly record struct MessageRow(long Id, long Due, StoredMessage Message, byte[]? Deduplication);

/// <summary>A message as it lies on disk.</summary>
readonly record struct LoadedMessage(long Sequence, long Due, StoredMessage Message, int Receives, long FirstReceived);

readonly record struct ReceiveRow(long Id, int Receives, long FirstReceived);

/// <summary>
/// The messages of every queue (<c>queues.db</c>). A row's id is the number of its queue and, below it, its sequence number in the
/// queue: a queue is a range of rows, in order.
/// </summary>
sealed class MessageStore : IAsyncDisposable
{
    const int SequenceBits = 40;
    const int Chunk = 2000;

    const string Columns =
        "m.id, m.due, m.sent, m.message, m.sender, m.group_id, m.deduplication, m.trace, m.source, m.attributes, m.body, r.count, r.first "
        + "FROM messages m LEFT JOIN receives r ON r.id = m.id";

    static readonly Statement<MessageRow> s_insert = new(
        """
        INSERT INTO messages (id, due, sent, message, sender, group_id, deduplication, trace, source, attributes, body, hash)
        VALUES ($id, $due, $sent, $message, $sender, $group, $deduplication, $trace, $source, $attributes, $body, $hash)
        """,
        ["$id", "$due", "$sent", "$message", "$sender", "$group", "$deduplication", "$trace", "$source", "$attributes", "$body", "$hash"],
        static (values, row) =>
        {
            var message = row.Message;
            values[0] = row.Id;
            values[1] = row.Due;
            values[2] = message.SentMilliseconds;
            values[3] = message.Id.ToByteArray();
            values[4] = message.SenderId;
            values[5] = message.GroupId;
            values[6] = message.DeduplicationId;
            values[7] = message.TraceHeader;
            values[8] = message.SourceArn;
            values[9] = MessageAttribute.Pack(message.Attributes);
            values[10] = message.Body;
            values[11] = row.Deduplication;
        });

    static readonly Statement<long> s_delete = new("DELETE FROM messages WHERE id = $id", ["$id"], static (values, id) => values[0] = id);

    static readonly Statement<long> s_deleteReceives = new("DELETE FROM receives WHERE id = $id", ["$id"], static (values, id) => values[0] = id);

    static readonly Statement<ReceiveRow> s_count = new(
        "INSERT INTO receives (id, count, first) VALUES ($id, $count, $first) ON CONFLICT (id) DO UPDATE SET count = $count, first = $first",
        ["$id", "$count", "$first"],
        static (values, row) =>
        {
            values[0] = row.Id;
            values[1] = row.Receives;
            values[2] = row.FirstReceived;
        });

    static readonly Statement<(long Queue, long Reserved)> s_reserve = new(
        "INSERT INTO sequences (queue, reserved, purged) VALUES ($queue, $reserved, 0) ON CONFLICT (queue) DO UPDATE SET reserved = $reserved",
        ["$queue", "$reserved"],
        static (values, row) =>
        {
            values[0] = row.Queue;
            values[1] = row.Reserved;
        });

    readonly Database _database;

    public MessageStore(DataFolder folder)
    {
        _database = Database.Open(folder.QueueDatabase);
        _database.Migrate("Queues", Schema);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    public Task InsertAsync(IReadOnlyList<MessageRow> rows) => _database.WriteEachAsync(s_insert, rows);

    /// <summary>Sequence numbers up to this are given out, or lost: what a number meant once it never means again.</summary>
    public Task ReserveAsync(long queue, long reserved) => _database.WriteAsync(s_reserve, (queue, reserved));

    public Task<int> DeleteAsync(IReadOnlyList<long> ids) => _database.WriteEachAsync(s_delete, ids);

    public Task DeleteReceivesAsync(IReadOnlyList<long> ids) => _database.WriteEachAsync(s_deleteReceives, ids);

    public Task CountAsync(IReadOnlyList<ReceiveRow> rows) => _database.WriteEachAsync(s_count, rows);

    public ValueTask CountLaterAsync(ReceiveRow row) => _database.WriteLaterAsync(s_count, row);

    /// <summary>Moves rows between queues in one step.</summary>
    public Task MoveAsync(IReadOnlyList<(long From, MessageRow To)> moves) => _database.WriteAsync(connection =>
    {
        foreach (var (from, to) in moves)
        {
            // A message that was deleted meanwhile is not brought back.
            if (connection.Execute("DELETE FROM messages WHERE id = $id", ("$id", from)) == 0)
                continue;
            connection.Execute("DELETE FROM receives WHERE id = $id", ("$id", from));
            using var insert = connection.Prepare(s_insert.Sql);
            foreach (var parameter in s_insert.Parameters)
                insert.Parameters.Add(new SqliteParameter(parameter, null));
            s_insert.Bind(new StatementValues(insert.Parameters), to);
            insert.ExecuteNonQuery();
        }
    });

    /// <summary>What of a queue lies on disk, without reading its messages.</summary>
    public QueueOnDisk Survey(long queue, long now, long deduplicatedSince) => _database.Read(connection =>
    {
        var (reserved, purged) = connection.Query(
            "SELECT reserved, purged FROM sequences WHERE queue = $queue", static row => (row.GetInt64(0), row.GetInt64(1)), ("$queue", queue))
            .FirstOrDefault();
        var (first, last) = (IdOf(queue, purged) + 1, IdOf(queue + 1, 0) - 1);
        // The index is a fraction of the table; one range of it a due time, and nearly all rows have none.
        var count = connection.Query(
            "SELECT COUNT(*) FROM messages INDEXED BY messages_by_due WHERE due = 0 AND id BETWEEN $first AND $last",
            static row => row.GetInt64(0), ("$first", first), ("$last", last))[0];
        List<(long Sequence, long Due)> delayed = [];
        foreach (var (id, due) in connection.Query(
            "SELECT id, due FROM messages INDEXED BY messages_by_due WHERE due > 0 AND id BETWEEN $first AND $last",
            static row => (row.GetInt64(0), row.GetInt64(1)), ("$first", first), ("$last", last)))
        {
            count++;
            if (due > now)
                delayed.Add((SequenceOf(id), due));
        }

        var deduplications = connection.Query(
            "SELECT id, hash, message, sent FROM deduplications WHERE id BETWEEN $first AND $last AND sent > $since",
            static row => new KnownDuplicate(SequenceOf(row.GetInt64(0)), (byte[])row[1], new Guid((byte[])row[2]), row.GetInt64(3)),
            ("$first", IdOf(queue, 0)), ("$last", last), ("$since", deduplicatedSince));
        var highest = connection.Query(
            "SELECT MAX(id) FROM messages WHERE id BETWEEN $first AND $last", static row => row.IsDBNull(0) ? 0 : SequenceOf(row.GetInt64(0)),
            ("$first", first), ("$last", last))[0];
        return new QueueOnDisk(now, count, purged, Math.Max(Math.Max(reserved, purged), highest), highest, delayed, deduplications);
    });

    /// <summary>Messages of a queue in order, up to a number and a weight.</summary>
    /// <param name="due">Leaves out messages that are delayed beyond this time.</param>
    public (List<LoadedMessage> Messages, bool IsAll) Read(QueueRange range, long due, int limit, int maxWeight) => _database.Read(connection =>
    {
        using var command = connection.Prepare(
            $"SELECT {Columns} WHERE m.id > $after AND m.id <= $through AND m.due <= $due ORDER BY m.id LIMIT $limit",
            ("$after", IdOf(range.Queue, range.After)), ("$through", IdOf(range.Queue, range.Through)), ("$due", due), ("$limit", limit));
        using var reader = command.ExecuteReader();
        var messages = new List<LoadedMessage>();
        var weight = 0;
        while (weight < maxWeight && reader.Read())
        {
            var message = Load(reader);
            weight += message.Message.Weight;
            messages.Add(message);
        }

        return (messages, messages.Count < limit && weight < maxWeight);
    });

    /// <summary>Those of the messages that there are.</summary>
    public List<LoadedMessage> Read(long queue, IEnumerable<long> sequences) => _database.Read(connection =>
    {
        using var command = connection.Prepare($"SELECT {Columns} WHERE m.id = $id", ("$id", 0L));
        var messages = new List<LoadedMessage>();
        foreach (var sequence in sequences)
        {
            command.Parameters[0].Value = IdOf(queue, sequence);
            using var reader = command.ExecuteReader();
            if (reader.Read())
                messages.Add(Load(reader));
        }

        return messages;
    });

    /// <summary>From here on, everything up to the number is gone, though <see cref="SweepAsync"/> has yet to remove it.</summary>
    public Task PurgeAsync(long queue, long through) => _database.WriteAsync(connection => connection.Execute(
        """
        INSERT INTO sequences (queue, reserved, purged) VALUES ($queue, $through, $through)
        ON CONFLICT (queue) DO UPDATE SET purged = $through, reserved = MAX(reserved, $through)
        """,
        ("$queue", queue), ("$through", through)));

    /// <summary>Removes a queue's rows up to a number, a few at a time so that others get their turn.</summary>
    public async Task SweepAsync(long queue, long through, CancellationToken cancellation)
    {
        foreach (var table in new[] { "messages", "receives" })
        {
            while (await _database.WriteAsync(connection => connection.Execute(
                $"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id BETWEEN $first AND $last LIMIT {Chunk})",
                ("$first", IdOf(queue, 0)), ("$last", IdOf(queue, through))), cancellation) == Chunk)
            {
            }
        }
    }

    /// <summary>Removes all that there is of a queue.</summary>
    public async Task ForgetAsync(long queue, CancellationToken cancellation)
    {
        await SweepAsync(queue, (1L << SequenceBits) - 1, cancellation);
        await _database.WriteAsync(connection =>
        {
            connection.Execute(
                "DELETE FROM deduplications WHERE id BETWEEN $first AND $last", ("$first", IdOf(queue, 0)), ("$last", IdOf(queue + 1, 0) - 1));
            connection.Execute("DELETE FROM sequences WHERE queue = $queue", ("$queue", queue));
        }, cancellation);
    }

    public Task ForgetDuplicatesAsync(long queue, long before, CancellationToken cancellation) => _database.WriteAsync(connection => connection.Execute(
        "DELETE FROM deduplications WHERE id BETWEEN $first AND $last AND sent < $before",
        ("$first", IdOf(queue, 0)), ("$last", IdOf(queue + 1, 0) - 1), ("$before", before)), cancellation);

    /// <summary>The first messages of a queue that were sent before a time, up to one that was not.</summary>
    public List<long> ReadExpired(long queue, long purged, long before) => _database.Read(connection =>
    {
        using var command = connection.Prepare(
            "SELECT id, sent FROM messages WHERE id BETWEEN $first AND $last ORDER BY id LIMIT 1000",
            ("$first", IdOf(queue, purged) + 1), ("$last", IdOf(queue + 1, 0) - 1));
        using var reader = command.ExecuteReader();
        var expired = new List<long>();
        while (reader.Read() && reader.GetInt64(1) < before)
            expired.Add(SequenceOf(reader.GetInt64(0)));
        return expired;
    });

    /// <summary>The numbers of all queues that have rows.</summary>
    public List<long> QueuesOnDisk() => _database.Read<List<long>>(static connection =>
    {
        var queues = connection.Query("SELECT queue FROM sequences", static row => row.GetInt64(0));
        for (var from = 0L; ;)
        {
            var next = connection.Query(
                "SELECT MIN(id) FROM messages WHERE id >= $from", static row => row.IsDBNull(0) ? -1 : row.GetInt64(0), ("$from", IdOf(from, 0)))[0];
            if (next < 0)
                return [.. queues.Distinct()];
            queues.Add(next >> SequenceBits);
            from = (next >> SequenceBits) + 1;
        }
    });

    public Task EraseAsync() => _database.WriteAsync(static connection => connection.Execute(
        "DELETE FROM messages; DELETE FROM receives; DELETE FROM deduplications; DELETE FROM sequences"));

    public static long IdOf(long queue, long sequence) => queue << SequenceBits | sequence;

    static long SequenceOf(long id) => id & ((1L << SequenceBits) - 1);

    static LoadedMessage Load(SqliteDataReader row)
    {
        var message = new StoredMessage(
            new Guid((byte[])row[3]), row.GetString(10), MessageAttribute.Unpack(row.IsDBNull(9) ? null : (byte[])row[9]), row.GetInt64(2))
        {
            SenderId = row.GetString(4),
            GroupId = Text(5),
            DeduplicationId = Text(6),
            TraceHeader = Text(7),
            SourceArn = Text(8),
        };
        var isCounted = !row.IsDBNull(11);
        return new LoadedMessage(
            SequenceOf(row.GetInt64(0)), row.GetInt64(1), message, isCounted ? row.GetInt32(11) : 0, isCounted ? row.GetInt64(12) : 0);

        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
    }

    // A duplicate is known exactly as long as its message was acknowledged: both are one statement.
    const string Schema = """
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY,
            due INTEGER NOT NULL,
            sent INTEGER NOT NULL,
            message BLOB NOT NULL,
            sender TEXT NOT NULL,
            group_id TEXT,
            deduplication TEXT,
            trace TEXT,
            source TEXT,
            attributes BLOB,
            body TEXT NOT NULL,
            hash BLOB);
        CREATE INDEX messages_by_due ON messages (due);
        CREATE TABLE receives (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, first INTEGER NOT NULL);
        CREATE TABLE deduplications (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, message BLOB NOT NULL, sent INTEGER NOT NULL);
        CREATE TRIGGER messages_deduplicate AFTER INSERT ON messages WHEN NEW.hash IS NOT NULL BEGIN
            INSERT INTO deduplications (id, hash, message, sent) VALUES (NEW.id, NEW.hash, NEW.message, NEW.sent);
        END;
        CREATE TABLE sequences (queue INTEGER PRIMARY KEY, reserved INTEGER NOT NULL, purged INTEGER NOT NULL);
        """;
}

/// <summary>The messages of a queue after one number, through another.</summary>
readonly record struct QueueRange(long Queue, long After, long Through);

/// <param name="At">When it was looked at, Unix milliseconds.</param>
/// <param name="Purged">Messages up to this number are gone, though rows may be left.</param>
/// <param name="Reserved">New messages get higher numbers.</param>
/// <param name="Highest">Number of the last message.</param>
/// <param name="Delayed">Those that are not visible yet.</param>
sealed record QueueOnDisk(
    long At, long Count, long Purged, long Reserved, long Highest, List<(long Sequence, long Due)> Delayed, List<KnownDuplicate> Duplicates);

readonly record struct KnownDuplicate(long Sequence, byte[] Hash, Guid MessageId, long SentMilliseconds);
