using System.Text.Json;
using Pilotlight.Storage;

namespace Pilotlight.Topics;

/// <summary>A delivery as it lies on disk.</summary>
sealed record StoredDelivery(long Id, long Message, string SubscriptionArn, string? Group, int Failures, DeliveryPhase Phase, DateTimeOffset Due);

/// <summary>What a FIFO topic remembers of a message, so that its double is not delivered again.</summary>
sealed record Remembered(string TopicArn, string Key, string MessageId, string SequenceNumber, DateTimeOffset Expires);

/// <summary>Messages that are still to be delivered (<c>topics.db</c>), and what FIFO topics remember.</summary>
sealed class DeliveryStore : IAsyncDisposable
{
    static readonly Statement<(long Row, TopicMessage Message)> s_message = new(
        "INSERT INTO messages (id, document) VALUES ($id, $document)", ["$id", "$document"], static (values, row) =>
        {
            values[0] = row.Row;
            values[1] = JsonSerializer.SerializeToUtf8Bytes(row.Message, TopicsJson.Default.TopicMessage);
        });

    static readonly Statement<(long FirstId, long Row, string? Group, long Due, List<string> Subscriptions)> s_deliveries = new(
        """
        INSERT INTO deliveries (id, message, subscription, group_id, failures, phase, due)
        SELECT $first + key, $message, value, $group, 0, 0, $due FROM json_each($subscriptions)
        """,
        ["$first", "$message", "$group", "$due", "$subscriptions"], static (values, row) =>
        {
            values[0] = row.FirstId;
            values[1] = row.Row;
            values[2] = row.Group;
            values[3] = row.Due;
            values[4] = JsonSerializer.Serialize(row.Subscriptions, TopicsJson.Default.ListString);
        });

    static readonly Statement<PendingDelivery> s_failed = new(
        "UPDATE deliveries SET failures = $failures, phase = $phase, due = $due WHERE id = $id", ["$failures", "$phase", "$due", "$id"], static (values, row) =>
        {
            values[0] = row.Failures;
            values[1] = (int)row.Phase;
            values[2] = row.Due.ToUnixTimeMilliseconds();
            values[3] = row.Id;
        });

    static readonly Statement<long> s_ended = new("DELETE FROM deliveries WHERE id = $id", ["$id"], static (values, id) => values[0] = id);

    static readonly Statement<long> s_messageEnded = new("DELETE FROM messages WHERE id = $id", ["$id"], static (values, id) => values[0] = id);

    static readonly Statement<Remembered> s_remember = new(
        """
        INSERT INTO remembered (topic, dedup_key, message_id, sequence, expires) VALUES ($topic, $key, $message, $sequence, $expires)
        ON CONFLICT (topic, dedup_key) DO UPDATE SET message_id = excluded.message_id, sequence = excluded.sequence, expires = excluded.expires
        """,
        ["$topic", "$key", "$message", "$sequence", "$expires"], static (values, row) =>
        {
            values[0] = row.TopicArn;
            values[1] = row.Key;
            values[2] = row.MessageId;
            values[3] = row.SequenceNumber;
            values[4] = row.Expires.ToUnixTimeMilliseconds();
        });

    static readonly Statement<long> s_forget = new("DELETE FROM remembered WHERE expires < $now", ["$now"], static (values, now) => values[0] = now);

    static readonly Statement<string> s_forgetTopic = new("DELETE FROM remembered WHERE topic = $topic", ["$topic"], static (values, topic) => values[0] = topic);

    static readonly Statement<(string Topic, long Reserved)> s_reserve = new(
        "INSERT INTO sequences (topic, reserved) VALUES ($topic, $reserved) ON CONFLICT (topic) DO UPDATE SET reserved = excluded.reserved",
        ["$topic", "$reserved"], static (values, row) =>
        {
            values[0] = row.Topic;
            values[1] = row.Reserved;
        });

    readonly Database _database;
    long _lastMessage;
    long _lastDelivery;

    public DeliveryStore(DataFolder folder)
    {
        _database = Database.Open(Path.Combine(folder.Root, "topics.db"));
        _database.Migrate(
            "topics",
            """
            CREATE TABLE messages (id INTEGER NOT NULL PRIMARY KEY, document BLOB NOT NULL);
            CREATE TABLE deliveries (
                id INTEGER NOT NULL PRIMARY KEY, message INTEGER NOT NULL, subscription TEXT NOT NULL, group_id TEXT, failures INTEGER NOT NULL,
                phase INTEGER NOT NULL, due INTEGER NOT NULL);
            CREATE TABLE remembered (
                topic TEXT NOT NULL, dedup_key TEXT NOT NULL, message_id TEXT NOT NULL, sequence TEXT NOT NULL, expires INTEGER NOT NULL,
                PRIMARY KEY (topic, dedup_key));
            CREATE TABLE sequences (topic TEXT NOT NULL PRIMARY KEY, reserved INTEGER NOT NULL);
            """);
        _lastMessage = Highest("messages");
        _lastDelivery = Highest("deliveries");
    }

    long Highest(string table) =>
        _database.Read(connection => connection.Query($"SELECT COALESCE(MAX(id), 0) FROM {table}", static row => row.GetInt64(0))[0]);

    public long NextMessage() => Interlocked.Increment(ref _lastMessage);

    /// <summary>The first of as many numbers.</summary>
    public long NextDeliveries(int count) => Interlocked.Add(ref _lastDelivery, count) - count + 1;

    /// <summary>Everything that waits, in the order in which it came. What belongs to no delivery any more is swept out.</summary>
    public List<StoredDelivery> Load()
    {
        var waiting = _database.Read(static connection => connection.Query(
            "SELECT id, message, subscription, group_id, failures, phase, due FROM deliveries WHERE message IN (SELECT id FROM messages) ORDER BY id",
            static row => new StoredDelivery(
                row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetInt32(4), (DeliveryPhase)row.GetInt32(5),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)))));
        _ = _database.WriteAsync(static connection =>
        {
            connection.Execute("DELETE FROM messages WHERE id NOT IN (SELECT message FROM deliveries)");
            connection.Execute("DELETE FROM deliveries WHERE message NOT IN (SELECT id FROM messages)");
        });
        return waiting;
    }

    public TopicMessage? Read(long row) => _database.Read(connection => connection.Query(
        "SELECT document FROM messages WHERE id = $id", static found => JsonSerializer.Deserialize((byte[])found[0], TopicsJson.Default.TopicMessage), ("$id", row)))
        .FirstOrDefault();

    /// <summary>Queued when it returns, so that what is stored after it is on disk after it; on disk when the task completes.</summary>
    public Task InsertAsync(long row, TopicMessage message, long firstDelivery, List<string> subscriptions, DateTimeOffset due) => Task.WhenAll(
        _database.WriteAsync(s_message, (row, message)),
        _database.WriteAsync(s_deliveries, (firstDelivery, row, message.GroupId, due.ToUnixTimeMilliseconds(), subscriptions)));

    /// <summary>A lost note costs one attempt more after a crash.</summary>
    public ValueTask NoteFailureAsync(PendingDelivery delivery) => _database.WriteLaterAsync(s_failed, delivery);

    /// <summary>A lost note costs a delivery more after a crash.</summary>
    public ValueTask NoteEndAsync(long delivery) => _database.WriteLaterAsync(s_ended, delivery);

    public ValueTask NoteMessageEndAsync(long row) => _database.WriteLaterAsync(s_messageEnded, row);

    public List<Remembered> LoadRemembered() => _database.Read(static connection => connection.Query(
        "SELECT topic, dedup_key, message_id, sequence, expires FROM remembered ORDER BY expires",
        static row => new Remembered(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)))));

    public Task RememberAsync(Remembered message) => _database.WriteAsync(s_remember, message);

    public ValueTask ForgetAsync(DateTimeOffset now) => _database.WriteLaterAsync(s_forget, now.ToUnixTimeMilliseconds());

    public ValueTask ForgetTopicAsync(string topicArn) => _database.WriteLaterAsync(s_forgetTopic, topicArn);

    public List<(string Topic, long Reserved)> LoadSequences() => _database.Read(static connection =>
        connection.Query("SELECT topic, reserved FROM sequences", static row => (row.GetString(0), row.GetInt64(1))));

    public Task ReserveAsync(string topicArn, long upTo) => _database.WriteAsync(s_reserve, (topicArn, upTo));

    public Task ClearAsync() => _database.WriteAsync(static connection =>
    {
        connection.Execute("DELETE FROM deliveries");
        connection.Execute("DELETE FROM messages");
        connection.Execute("DELETE FROM remembered");
        connection.Execute("DELETE FROM sequences");
    });

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
