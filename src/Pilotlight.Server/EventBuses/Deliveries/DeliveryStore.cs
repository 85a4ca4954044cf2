using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.EventBuses;

/// <summary>The SQL of deliveries, archived events and times that are due: a database of its own beside the state.</summary>
sealed class DeliveryStore : IAsyncDisposable
{
    static readonly Statement<PendingDelivery> s_insert = new(
        """
        INSERT INTO bus_deliveries (id, plan, payload, original, accepted_ms, due_ms, attempts)
        VALUES ($id, $plan, $payload, $original, $accepted, $accepted, 0)
        """,
        ["$id", "$plan", "$payload", "$original", "$accepted"],
        static (values, delivery) =>
        {
            values[0] = delivery.Id;
            values[1] = JsonSerializer.Serialize(delivery.Plan, BusesJson.Default.DeliveryPlan);
            values[2] = delivery.Payload.ToArray();
            values[3] = delivery.Original?.ToArray();
            values[4] = delivery.AcceptedAt.ToUnixTimeMilliseconds();
        });

    static readonly Statement<(PendingDelivery Delivery, DateTimeOffset Due)> s_postpone = new(
        """
        UPDATE bus_deliveries SET due_ms = $due, attempts = $attempts, dead_code = $code, dead_message = $message,
            dead_condition = $condition, dead_attempts = $dead WHERE id = $id
        """,
        ["$due", "$attempts", "$code", "$message", "$condition", "$dead", "$id"],
        static (values, row) =>
        {
            values[0] = row.Due.ToUnixTimeMilliseconds();
            values[1] = row.Delivery.Attempts;
            values[2] = row.Delivery.DeadLetter?.Code;
            values[3] = row.Delivery.DeadLetter?.Message;
            values[4] = row.Delivery.DeadLetter?.ExhaustedCondition;
            values[5] = row.Delivery.DeadLetter?.Attempts;
            values[6] = row.Delivery.Id;
        });

    static readonly Statement<long> s_delete = new("DELETE FROM bus_deliveries WHERE id = $id", ["$id"], static (values, id) => values[0] = id);

    static readonly Statement<ArchivedEvent> s_archive = new(
        "INSERT INTO bus_archive (archive, time_ms, ingested_ms, size, payload) VALUES ($archive, $time, $ingested, $size, $payload)",
        ["$archive", "$time", "$ingested", "$size", "$payload"],
        static (values, entry) =>
        {
            values[0] = entry.ArchiveArn;
            values[1] = entry.Time.ToUnixTimeMilliseconds();
            values[2] = entry.IngestedAt.ToUnixTimeMilliseconds();
            values[3] = entry.Payload.Length;
            values[4] = entry.Payload.ToArray();
        });

    static readonly Statement<DueTime> s_due = new(
        """
        INSERT INTO bus_dues (key, scheduled_ms, fire_ms) VALUES ($key, $scheduled, $fire)
        ON CONFLICT (key) DO UPDATE SET scheduled_ms = excluded.scheduled_ms, fire_ms = excluded.fire_ms
        """,
        ["$key", "$scheduled", "$fire"],
        static (values, due) =>
        {
            values[0] = due.Key;
            values[1] = due.Scheduled.ToUnixTimeMilliseconds();
            values[2] = due.Fire.ToUnixTimeMilliseconds();
        });

    static readonly Statement<string> s_forget = new("DELETE FROM bus_dues WHERE key = $key", ["$key"], static (values, key) => values[0] = key);

    readonly Database _database;
    long _lastId;

    public DeliveryStore(DataFolder folder)
    {
        _database = Database.Open(folder.DeliveryDatabase);
        _database.Migrate(
            "event-buses",
            """
            CREATE TABLE bus_deliveries (
                id INTEGER PRIMARY KEY, plan TEXT NOT NULL, payload BLOB NOT NULL, original BLOB, accepted_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
                attempts INTEGER NOT NULL, dead_code TEXT, dead_message TEXT, dead_condition TEXT, dead_attempts INTEGER);
            CREATE INDEX bus_deliveries_due ON bus_deliveries (due_ms);
            CREATE TABLE bus_archive (
                id INTEGER PRIMARY KEY, archive TEXT NOT NULL, time_ms INTEGER NOT NULL, ingested_ms INTEGER NOT NULL, size INTEGER NOT NULL, payload BLOB NOT NULL);
            CREATE INDEX bus_archive_time ON bus_archive (archive, time_ms, id, size);
            CREATE TABLE bus_dues (key TEXT PRIMARY KEY, scheduled_ms INTEGER NOT NULL, fire_ms INTEGER NOT NULL);
            """);
        _lastId = Count("SELECT COALESCE(MAX(id), 0) FROM bus_deliveries");
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    public long NextId() => Interlocked.Increment(ref _lastId);

    public Task AddAsync(PendingDelivery delivery) => _database.WriteAsync(s_insert, delivery);

    /// <summary>Keeps what the delivery has become, until it is due again.</summary>
    public Task PostponeAsync(PendingDelivery delivery, DateTimeOffset due) => _database.WriteAsync(s_postpone, (delivery, due));

    public Task DeleteAsync(long id) => _database.WriteAsync(s_delete, id);

    public Task ArchiveAsync(ArchivedEvent entry) => _database.WriteAsync(s_archive, entry);

    public Task SetDueAsync(DueTime due) => _database.WriteAsync(s_due, due);

    public Task ForgetDueAsync(string key) => _database.WriteAsync(s_forget, key);

    public IReadOnlyList<DueTime> Dues() => _database.Read(connection => connection.Query(
        "SELECT key, scheduled_ms, fire_ms FROM bus_dues", static row => new DueTime(row.GetString(0), Time(row, 1), Time(row, 2))));

    public long Pending() => Count("SELECT COUNT(*) FROM bus_deliveries");

    /// <summary>When the next delivery is due; null when there is none.</summary>
    public DateTimeOffset? NextDue(DateTimeOffset after) => _database.Read(connection => connection.Query(
        "SELECT MIN(due_ms) FROM bus_deliveries WHERE due_ms > $after", static row => row.IsDBNull(0) ? (DateTimeOffset?)null : Time(row, 0),
        ("$after", after.ToUnixTimeMilliseconds()))[0]);

    /// <summary>Ids of what is due, the longest due first.</summary>
    public IReadOnlyList<long> DueIds(DateTimeOffset now, int most) => _database.Read(connection => connection.Query(
        "SELECT id FROM bus_deliveries WHERE due_ms <= $now ORDER BY due_ms, id LIMIT $most", static row => row.GetInt64(0),
        ("$now", now.ToUnixTimeMilliseconds()), ("$most", most)));

    public PendingDelivery? Find(long id) => _database.Read(connection => connection.Query(
        """
        SELECT id, plan, payload, original, accepted_ms, attempts, dead_code, dead_message, dead_condition, dead_attempts
        FROM bus_deliveries WHERE id = $id
        """,
        static row => new PendingDelivery
        {
            Id = row.GetInt64(0),
            Plan = JsonSerializer.Deserialize(row.GetString(1), BusesJson.Default.DeliveryPlan)!,
            Payload = row.GetFieldValue<byte[]>(2),
            Original = row.IsDBNull(3) ? (ReadOnlyMemory<byte>?)null : row.GetFieldValue<byte[]>(3),
            AcceptedAt = Time(row, 4),
            Attempts = row.GetInt32(5),
            DeadLetter = row.IsDBNull(6) ? null : new DeadLetterReason(row.GetString(6), row.GetString(7), row.IsDBNull(8) ? null : row.GetString(8), row.GetInt32(9)),
        },
        ("$id", id)).FirstOrDefault());

    /// <summary>How many events an archive holds, and their bytes.</summary>
    public (long Events, long Bytes) SizeOf(string archive) => _database.Read(connection => connection.Query(
        "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM bus_archive WHERE archive = $archive", static row => (row.GetInt64(0), row.GetInt64(1)), ("$archive", archive))[0]);

    /// <summary>Events of an archive in the order of their times.</summary>
    public IReadOnlyList<(long Id, DateTimeOffset Time, byte[] Payload)> Archived(string archive, (DateTimeOffset Time, long Id) after, DateTimeOffset end, int most) =>
        _database.Read(connection => connection.Query(
            """
            SELECT id, time_ms, payload FROM bus_archive
            WHERE archive = $archive AND (time_ms, id) > ($time, $id) AND time_ms <= $end ORDER BY time_ms, id LIMIT $most
            """,
            static row => (row.GetInt64(0), Time(row, 1), row.GetFieldValue<byte[]>(2)),
            ("$archive", archive), ("$time", after.Time.ToUnixTimeMilliseconds()), ("$id", after.Id), ("$end", end.ToUnixTimeMilliseconds()), ("$most", most)));

    /// <summary>Deletes events of an archive that came before a time.</summary>
    public Task ExpireAsync(string archive, DateTimeOffset before) => _database.WriteAsync(connection => connection.Execute(
        "DELETE FROM bus_archive WHERE archive = $archive AND ingested_ms < $before", ("$archive", archive), ("$before", before.ToUnixTimeMilliseconds())));

    public Task EraseAsync() => _database.WriteAsync(connection => connection.Execute(
        "DELETE FROM bus_deliveries; DELETE FROM bus_archive; DELETE FROM bus_dues"));

    long Count(string sql) => _database.Read(connection => connection.Query(sql, static row => row.GetInt64(0))[0]);

    static DateTimeOffset Time(SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}

sealed record ArchivedEvent(string ArchiveArn, DateTimeOffset Time, DateTimeOffset IngestedAt, ReadOnlyMemory<byte> Payload);

/// <summary>When something comes next.</summary>
/// <param name="Scheduled">As its expression says.</param>
/// <param name="Fire">Within the window that was asked for.</param>
sealed record DueTime(string Key, DateTimeOffset Scheduled, DateTimeOffset Fire);
