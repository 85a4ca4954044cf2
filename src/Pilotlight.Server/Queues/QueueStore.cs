using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Queues;

/// <summary>A queue as the state database has it.</summary>
/// <param name="Number">Given by the database, never twice.</param>
/// <param name="Nonce">What its receipt handles carry.</param>
sealed record QueueRecord(long Number, QueueKey Key, ulong Nonce, DateTimeOffset Created, QueueSettings Settings);

/// <summary>The SQL of queues and move tasks; messages have a database of their own (<see cref="MessageStore"/>).</summary>
sealed class QueueStore
{
    readonly Database _database;

    public QueueStore(Database database)
    {
        _database = database;
        database.Migrate(
            "Queues",
            """
            CREATE TABLE queues (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                account TEXT NOT NULL,
                region TEXT NOT NULL,
                name TEXT NOT NULL,
                nonce INTEGER NOT NULL,
                created INTEGER NOT NULL,
                modified INTEGER NOT NULL,
                attributes TEXT NOT NULL,
                tags TEXT NOT NULL,
                UNIQUE (account, region, name));
            CREATE TABLE queue_move_tasks (
                id TEXT PRIMARY KEY,
                source TEXT NOT NULL,
                destination TEXT,
                per_second INTEGER,
                started INTEGER NOT NULL,
                to_move INTEGER NOT NULL,
                moved INTEGER NOT NULL,
                status TEXT NOT NULL,
                failure TEXT);
            """);
    }

    public List<QueueRecord> Load() => _database.Read(static connection => connection.Query(
        "SELECT number, account, region, name, nonce, created, modified, attributes, tags FROM queues",
        static row => new QueueRecord(
            row.GetInt64(0), new QueueKey(row.GetString(1), row.GetString(2), row.GetString(3)), unchecked((ulong)row.GetInt64(4)),
            DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(5)),
            new QueueSettings(Texts(row.GetString(7))) { Modified = DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(6)), Tags = Texts(row.GetString(8)) })));

    /// <returns>With its number.</returns>
    public Task<QueueRecord> AddAsync(QueueRecord queue) => _database.WriteAsync(connection =>
    {
        var number = connection.Query(
            """
            INSERT INTO queues (account, region, name, nonce, created, modified, attributes, tags)
            VALUES ($account, $region, $name, $nonce, $created, $modified, $attributes, $tags) RETURNING number
            """,
            static row => row.GetInt64(0),
            ("$account", queue.Key.AccountId), ("$region", queue.Key.Region), ("$name", queue.Key.Name), ("$nonce", unchecked((long)queue.Nonce)),
            ("$created", queue.Created.ToUnixTimeSeconds()), ("$modified", queue.Settings.Modified.ToUnixTimeSeconds()),
            ("$attributes", Text(queue.Settings.Values)), ("$tags", Text(queue.Settings.Tags)))[0];
        return queue with { Number = number };
    });

    public Task SaveAsync(long number, QueueSettings settings) => _database.WriteAsync(connection => connection.Execute(
        "UPDATE queues SET modified = $modified, attributes = $attributes, tags = $tags WHERE number = $number",
        ("$modified", settings.Modified.ToUnixTimeSeconds()), ("$attributes", Text(settings.Values)), ("$tags", Text(settings.Tags)), ("$number", number)));

    public Task DeleteAsync(long number) =>
        _database.WriteAsync(connection => connection.Execute("DELETE FROM queues WHERE number = $number", ("$number", number)));

    public List<MoveTask> LoadTasks() => _database.Read(static connection => connection.Query(
        "SELECT id, source, destination, per_second, started, to_move, moved, status, failure FROM queue_move_tasks ORDER BY started, id",
        static row => new MoveTask(row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetInt32(3))
        {
            StartedMilliseconds = row.GetInt64(4),
            ToMove = row.GetInt64(5),
            Moved = row.GetInt64(6),
            Status = row.GetString(7),
            FailureReason = row.IsDBNull(8) ? null : row.GetString(8),
        }));

    public Task SaveAsync(MoveTask task) => _database.WriteAsync(connection => connection.Execute(
        """
        INSERT INTO queue_move_tasks (id, source, destination, per_second, started, to_move, moved, status, failure)
        VALUES ($id, $source, $destination, $rate, $started, $tomove, $moved, $status, $failure)
        ON CONFLICT (id) DO UPDATE SET moved = $moved, status = $status, failure = $failure
        """,
        ("$id", task.Id), ("$source", task.SourceArn), ("$destination", task.DestinationArn), ("$rate", task.PerSecond),
        ("$started", task.StartedMilliseconds), ("$tomove", task.ToMove), ("$moved", task.Moved), ("$status", task.Status), ("$failure", task.FailureReason)));

    public Task ForgetTasksAsync(IReadOnlyList<string> ids) => _database.WriteAsync(connection =>
    {
        foreach (var id in ids)
            connection.Execute("DELETE FROM queue_move_tasks WHERE id = $id", ("$id", id));
    });

    public Task EraseAsync() => _database.WriteAsync(static connection => connection.Execute("DELETE FROM queues; DELETE FROM queue_move_tasks"));

    static string Text(ImmutableSortedDictionary<string, string> texts) => JsonSerializer.Serialize(texts.ToDictionary(), QueuesJson.Default.DictionaryStringString);

    static ImmutableSortedDictionary<string, string> Texts(string json) =>
        JsonSerializer.Deserialize(json, QueuesJson.Default.DictionaryStringString)!.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
