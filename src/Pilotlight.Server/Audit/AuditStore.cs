using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Audit;

/// <summary>What a lookup asks for. At most one of the attributes is set, as in CloudTrail.</summary>
sealed record AuditQuery(string AccountId, string Region, long FromMilliseconds, long ToMilliseconds, int Limit)
{
    /// <summary>A column and the value it must have.</summary>
    public (string Column, object Value)? Attribute { get; init; }

    /// <summary>Only older records than this one.</summary>
    public (long Milliseconds, long Sequence)? Before { get; init; }
}

/// <summary>The records on disk, in <c>audit.db</c>: a database of its own, so that reading it never holds up the platform's state.</summary>
sealed class AuditStore : IAsyncDisposable
{
    public const string ResourceType = "resources.type";
    public const string ResourceName = "resources.name";

    readonly Database _database;
    long _lastSequence;

    public AuditStore(DataFolder folder)
    {
        _database = Database.Open(Path.Combine(folder.Root, "audit.db"));
        _database.Migrate("Audit", """
            CREATE TABLE events (
                sequence BIGINT PRIMARY KEY,
                id TEXT NOT NULL,
                account_id TEXT NOT NULL,
                region TEXT NOT NULL,
                time BIGINT NOT NULL,
                name TEXT NOT NULL,
                source TEXT NOT NULL,
                username TEXT NOT NULL,
                access_key_id TEXT NOT NULL,
                read_only INTEGER NOT NULL,
                record TEXT NOT NULL);
            CREATE INDEX events_by_time ON events (account_id, region, time, sequence);
            CREATE INDEX events_by_age ON events (time);
            CREATE TABLE resources (
                sequence BIGINT NOT NULL REFERENCES events (sequence),
                type TEXT NOT NULL,
                name TEXT NOT NULL);
            CREATE INDEX resources_by_event ON resources (sequence);
            CREATE INDEX resources_by_name ON resources (name);
            """);
        _lastSequence = _database.Read(static connection => connection.Query(
            "SELECT COALESCE(MAX(sequence), 0) FROM events", static row => row.GetInt64(0)))[0];
    }

    public Task AddAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancellation) => _database.WriteAsync(
        connection =>
        {
            foreach (var record in records)
                Add(connection, record);
        },
        cancellation);

    /// <summary>Only on the writer's thread.</summary>
    void Add(SqliteConnection connection, AuditRecord record)
    {
        var sequence = ++_lastSequence;
        connection.Execute(
            """
            INSERT INTO events (sequence, id, account_id, region, time, name, source, username, access_key_id, read_only, record)
            VALUES ($sequence, $id, $account, $region, $time, $name, $source, $username, $key, $readOnly, $record)
            """,
            ("$sequence", sequence), ("$id", record.EventId), ("$account", record.AccountId), ("$region", record.Region), ("$time", record.Time.ToUnixTimeMilliseconds()),
            ("$name", record.Name), ("$source", record.Source), ("$username", record.Username), ("$key", record.AccessKeyId),
            ("$readOnly", record.IsReadOnly ? 1 : 0), ("$record", record.Json));
        foreach (var resource in record.Resources)
        {
            connection.Execute(
                "INSERT INTO resources (sequence, type, name) VALUES ($sequence, $type, $name)",
                ("$sequence", sequence), ("$type", resource.Type), ("$name", resource.Name));
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<(AuditRecord Record, long Sequence)> Find(AuditQuery query) => _database.Read(connection =>
    {
        var condition = query.Attribute switch
        {
            null => "",
            { Column: ResourceType } => " AND sequence IN (SELECT sequence FROM resources WHERE type = $value)",
            { Column: ResourceName } => " AND sequence IN (SELECT sequence FROM resources WHERE name = $value)",
            { Column: var column } => $" AND {column} = $value",
        };
        var rows = connection.Query(
            $"""
            SELECT sequence, id, region, time, name, source, username, access_key_id, read_only, record FROM events
            WHERE account_id = $account AND region = $region AND time >= $from AND time <= $to
              AND (time < $beforeTime OR (time = $beforeTime AND sequence < $beforeSequence)){condition}
            ORDER BY time DESC, sequence DESC LIMIT $limit
            """,
            row => (Sequence: row.GetInt64(0), Record: new AuditRecord(
                row.GetString(1), query.AccountId, row.GetString(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), row.GetString(4),
                row.GetString(5), row.GetString(6), row.GetString(7), row.GetInt64(8) != 0, [], row.GetString(9))),
            ("$account", query.AccountId), ("$region", query.Region), ("$from", query.FromMilliseconds), ("$to", query.ToMilliseconds),
            ("$beforeTime", query.Before?.Milliseconds ?? long.MaxValue), ("$beforeSequence", query.Before?.Sequence ?? long.MaxValue),
            ("$value", query.Attribute?.Value), ("$limit", query.Limit));
        return (IReadOnlyList<(AuditRecord, long)>)
        [
            .. rows.Select(row => (row.Record with
            {
                Resources = connection.Query(
                    "SELECT type, name FROM resources WHERE sequence = $sequence", found => new AuditResource(found.GetString(0), found.GetString(1)),
                    ("$sequence", row.Sequence)),
            }, row.Sequence)),
        ];
    });

    public Task ForgetBeforeAsync(DateTimeOffset time, CancellationToken cancellation) => _database.WriteAsync(
        connection =>
        {
            connection.Execute(
                "DELETE FROM resources WHERE sequence IN (SELECT sequence FROM events WHERE time < $time)", ("$time", time.ToUnixTimeMilliseconds()));
            connection.Execute("DELETE FROM events WHERE time < $time", ("$time", time.ToUnixTimeMilliseconds()));
        },
        cancellation);

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
