using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Pilotlight.Functions;
using Pilotlight.Storage;

namespace Pilotlight.Invocations.Events;

/// <summary>What a start finds of one function's events.</summary>
readonly record struct WaitingLane(FunctionKey Function, long Count, DateTimeOffset FirstDue);

/// <summary>The accepted events on disk, in a database of their own: their commits wait for nobody else's.</summary>
sealed class EventStore : IAsyncDisposable
{
    static readonly Statement<(long Lane, WaitingEvent Event)> s_insert = new(
        """
        INSERT INTO events (id, lane, qualifier, request_id, trace, accepted_at, due_at, failures, payload)
        VALUES ($id, $lane, $qualifier, $request, $trace, $accepted, $accepted, 0, $payload)
        """,
        ["$id", "$lane", "$qualifier", "$request", "$trace", "$accepted", "$payload"],
        static (values, row) =>
        {
            values[0] = row.Event.Id;
            values[1] = row.Lane;
            values[2] = row.Event.Function.Qualifier;
            values[3] = row.Event.RequestId;
            values[4] = row.Event.TraceId;
            values[5] = row.Event.AcceptedAt.ToUnixTimeMilliseconds();
            values[6] = row.Event.Payload.ToArray();
        });

    static readonly Statement<long> s_delete = new("DELETE FROM events WHERE id = $id", ["$id"], static (values, id) => values[0] = id);

    static readonly Statement<(WaitingEvent Event, DateTimeOffset Due)> s_postpone = new(
        "UPDATE events SET due_at = $due, failures = $failures, version = $version, answer = $answer WHERE id = $id",
        ["$id", "$due", "$failures", "$version", "$answer"],
        static (values, row) =>
        {
            values[0] = row.Event.Id;
            values[1] = row.Due.ToUnixTimeMilliseconds();
            values[2] = row.Event.Failures;
            values[3] = row.Event.LastAnswer?.ExecutedVersion;
            values[4] = row.Event.LastAnswer?.Payload.ToArray();
        });

    readonly Database _database;
    readonly ConcurrentDictionary<FunctionKey, long> _lanes = [];
    long _lastId;

    public EventStore(DataFolder folder)
    {
        _database = Database.Open(folder.EventDatabase);
        _database.Migrate("Events",
            """
            CREATE TABLE lanes (id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, function TEXT NOT NULL, UNIQUE (account, region, function));
            CREATE TABLE events (
                id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, qualifier TEXT, request_id TEXT NOT NULL, trace TEXT, accepted_at INTEGER NOT NULL,
                due_at INTEGER NOT NULL, failures INTEGER NOT NULL, payload BLOB NOT NULL, version TEXT, answer BLOB);
            CREATE INDEX events_due ON events (lane, due_at, id);
            CREATE TABLE failed_events (
                id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, request_id TEXT NOT NULL, condition TEXT NOT NULL, attempts INTEGER NOT NULL,
                accepted_at INTEGER NOT NULL, failed_at INTEGER NOT NULL, error TEXT NOT NULL, sent_to TEXT NOT NULL);
            CREATE INDEX failed_events_lane ON failed_events (lane, id);
            """);
        _database.Read(connection =>
        {
            foreach (var (key, id) in connection.Query("SELECT account, region, function, id FROM lanes", static row => (KeyOf(row), row.GetInt64(3))))
                _lanes[key] = id;
            _lastId = connection.Query("SELECT COALESCE(MAX(id), 0) FROM events", static row => row.GetInt64(0))[0];
            return true;
        });
    }

    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Once a start: what waits, by function.</summary>
    public List<WaitingLane> Lanes() => _database.Read(static connection => connection.Query(
        "SELECT l.account, l.region, l.function, COUNT(*), MIN(e.due_at) FROM events e JOIN lanes l ON l.id = e.lane GROUP BY e.lane",
        static row => new WaitingLane(KeyOf(row), row.GetInt64(3), At(row.GetInt64(4)))));

    /// <summary>Completes when the event is on disk.</summary>
    public async Task AddAsync(WaitingEvent accepted) => await _database.WriteAsync(s_insert, (await LaneOf(accepted.Function.Key), accepted));

    public Task DeleteAsync(WaitingEvent done) => _database.WriteAsync(s_delete, done.Id);

    public Task PostponeAsync(WaitingEvent failed, DateTimeOffset due) => _database.WriteAsync(s_postpone, (failed, due));

    /// <summary>The events that are due, oldest first.</summary>
    public List<WaitingEvent> ReadDue(FunctionKey function, DateTimeOffset now, int limit) => Read(function,
        "SELECT id, qualifier, request_id, trace, accepted_at, due_at, failures, payload, version, answer FROM events WHERE lane = $lane AND due_at <= $now ORDER BY due_at, id LIMIT $limit",
        row => EventOf(function, row), ("$now", now.ToUnixTimeMilliseconds()), ("$limit", limit));

    /// <summary>When the next event comes due after now; null when none does.</summary>
    public DateTimeOffset? NextDue(FunctionKey function, DateTimeOffset now) => Read(function,
        "SELECT MIN(due_at) FROM events WHERE lane = $lane AND due_at > $now",
        static row => row.IsDBNull(0) ? (DateTimeOffset?)null : At(row.GetInt64(0)), ("$now", now.ToUnixTimeMilliseconds())).FirstOrDefault();

    /// <summary>The events that wait for another attempt after a failed one, with the time at which they are due.</summary>
    public List<(WaitingEvent Event, DateTimeOffset Due)> ReadRetried(FunctionKey function, int limit) => Read(function,
        "SELECT id, qualifier, request_id, trace, accepted_at, due_at, failures, x'', version, answer FROM events WHERE lane = $lane AND failures > 0 ORDER BY due_at, id LIMIT $limit",
        row => (EventOf(function, row), At(row.GetInt64(5))), ("$limit", limit));

    /// <summary>The newest first.</summary>
    public List<FailedEvent> ReadFailed(FunctionKey function, int limit) => Read(function,
        "SELECT request_id, condition, attempts, accepted_at, failed_at, error, sent_to FROM failed_events WHERE lane = $lane ORDER BY id DESC LIMIT $limit",
        static row => new FailedEvent(
            row.GetString(0), row.GetString(1), row.GetInt32(2), At(row.GetInt64(3)), At(row.GetInt64(4)), row.GetString(5), row.GetString(6)),
        ("$limit", limit));

    /// <summary>The event is over: it goes, and what became of it is remembered, in one commit.</summary>
    public async Task FailAsync(WaitingEvent dropped, FailedEvent failed, int kept)
    {
        var lane = await LaneOf(dropped.Function.Key);
        await _database.WriteAsync(connection =>
        {
            connection.Execute("DELETE FROM events WHERE id = $id", ("$id", dropped.Id));
            connection.Execute(
                """
                INSERT INTO failed_events (lane, request_id, condition, attempts, accepted_at, failed_at, error, sent_to)
                VALUES ($lane, $request, $condition, $attempts, $accepted, $failed, $error, $sent)
                """,
                ("$lane", lane), ("$request", failed.RequestId), ("$condition", failed.Condition), ("$attempts", failed.Attempts),
                ("$accepted", failed.AcceptedAt.ToUnixTimeMilliseconds()), ("$failed", failed.FailedAt.ToUnixTimeMilliseconds()),
                ("$error", failed.Error), ("$sent", failed.SentTo));
            connection.Execute(
                "DELETE FROM failed_events WHERE lane = $lane AND id <= (SELECT id FROM failed_events WHERE lane = $lane ORDER BY id DESC LIMIT 1 OFFSET $kept)",
                ("$lane", lane), ("$kept", kept));
        });
    }

    /// <summary>The function is gone, and with it what waited for it.</summary>
    public async Task ForgetAsync(FunctionKey function)
    {
        if (!_lanes.TryGetValue(function, out var id))
            return;
        await _database.WriteAsync(connection =>
        {
            connection.Execute("DELETE FROM events WHERE lane = $lane", ("$lane", id));
            connection.Execute("DELETE FROM failed_events WHERE lane = $lane", ("$lane", id));
        });
    }

    public Task EraseAsync() => _database.WriteAsync(static connection =>
    {
        connection.Execute("DELETE FROM events; DELETE FROM failed_events");
    });

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    List<T> Read<T>(FunctionKey function, string sql, Func<SqliteDataReader, T> row, params (string Name, object? Value)[] parameters) =>
        _lanes.TryGetValue(function, out var lane)
            ? _database.Read(connection => connection.Query(sql, row, [("$lane", lane), .. parameters]))
            : [];

    /// <summary>The number of a function's lane, which is made when there is none; two that make it at once make one.</summary>
    async ValueTask<long> LaneOf(FunctionKey function)
    {
        if (_lanes.TryGetValue(function, out var known))
            return known;
        return _lanes[function] = await _database.WriteAsync(connection =>
        {
            connection.Execute(
                "INSERT INTO lanes (account, region, function) VALUES ($account, $region, $function) ON CONFLICT DO NOTHING",
                ("$account", function.AccountId), ("$region", function.Region), ("$function", function.Name));
            return connection.Query(
                "SELECT id FROM lanes WHERE account = $account AND region = $region AND function = $function", static row => row.GetInt64(0),
                ("$account", function.AccountId), ("$region", function.Region), ("$function", function.Name))[0];
        });
    }

    static FunctionKey KeyOf(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2));

    static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    static WaitingEvent EventOf(FunctionKey function, SqliteDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Function = new FunctionReference(function.AccountId, function.Region, function.Name, row.IsDBNull(1) ? null : row.GetString(1)),
        RequestId = row.GetString(2),
        TraceId = row.IsDBNull(3) ? null : row.GetString(3),
        AcceptedAt = At(row.GetInt64(4)),
        Failures = row.GetInt32(6),
        Payload = row.GetFieldValue<byte[]>(7),
        LastAnswer = row.IsDBNull(8) ? null : new EventAnswer(row.GetString(8), row.GetFieldValue<byte[]>(9)),
    };
}
