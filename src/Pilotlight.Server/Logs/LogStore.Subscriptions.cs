using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Logs;

public sealed partial class LogStore
{
    const string SubscriptionSchema = """
        CREATE TABLE subscription_filters (
            group_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            pattern TEXT NOT NULL,
            destination TEXT NOT NULL,
            role TEXT,
            distribution TEXT NOT NULL,
            created INTEGER NOT NULL,
            cursor INTEGER NOT NULL,
            PRIMARY KEY (group_id, name));
        """;

    readonly Lock _subscriptionGate = new();

    /// <summary>All subscription filters, by group. While there is none, a line that is written costs one look here.</summary>
    volatile ImmutableDictionary<LogGroupKey, ImmutableArray<LogSubscription>> _subscriptions =
        ImmutableDictionary<LogGroupKey, ImmutableArray<LogSubscription>>.Empty;

    /// <summary>Lines were written into a group that somebody subscribed to. Whoever listens must be quick.</summary>
    internal event Action<LogSubscription>? Appended;

    internal ImmutableArray<LogSubscription> SubscriptionsOf(LogGroupKey group) =>
        _subscriptions.TryGetValue(group, out var found) ? found : [];

    internal IEnumerable<LogSubscription> AllSubscriptions() => _subscriptions.Values.SelectMany(static each => each);

    /// <summary>Adds a filter, or puts it in the place of the one of its name. It gets what is written from now on.</summary>
    internal async Task<AwsError?> SubscribeAsync(LogSubscription subscription, int most)
    {
        var refused = await _database.WriteAsync(connection =>
        {
            if (FindGroup(connection, subscription.Group.Scope, subscription.Group.Group) is not { } group)
                return LogsErrors.NoSuchGroup;
            var names = connection.Query(
                "SELECT name FROM subscription_filters WHERE group_id = $group", static row => row.GetString(0), ("$group", group.Id));
            if (!names.Contains(subscription.FilterName) && names.Count >= most)
                return LogsErrors.LimitExceeded;
            connection.Execute(
                """
                INSERT INTO subscription_filters (group_id, name, pattern, destination, role, distribution, created, cursor)
                VALUES ($group, $name, $pattern, $destination, $role, $distribution, $created, (SELECT COALESCE(MAX(id), 0) FROM chunks))
                ON CONFLICT (group_id, name) DO UPDATE SET
                    pattern = excluded.pattern, destination = excluded.destination, role = excluded.role, distribution = excluded.distribution
                """,
                ("$group", group.Id), ("$name", subscription.FilterName), ("$pattern", subscription.FilterPattern),
                ("$destination", subscription.DestinationArn), ("$role", subscription.RoleArn), ("$distribution", subscription.Distribution),
                ("$created", subscription.CreatedMilliseconds));
            return (AwsError?)null;
        });
        LoadSubscriptions();
        return refused;
    }

    internal async Task<AwsError?> UnsubscribeAsync(LogGroupKey key, string name)
    {
        var refused = await _database.WriteAsync(connection =>
        {
            if (FindGroup(connection, key.Scope, key.Group) is not { } group)
                return LogsErrors.NoSuchGroup;
            var gone = connection.Execute(
                "DELETE FROM subscription_filters WHERE group_id = $group AND name = $name", ("$group", group.Id), ("$name", name));
            return gone == 0 ? LogsErrors.NoSuchSubscription : null;
        });
        LoadSubscriptions();
        return refused;
    }

    /// <summary>The chunks that a filter has not seen, in the order of writing, and where it is after them; few at a time.</summary>
    internal (IReadOnlyList<SubscribedChunk> Chunks, long Cursor) ReadUnseen(LogSubscription subscription, int most) => _database.Read(connection =>
    {
        var cursor = connection.Query(
            "SELECT cursor FROM subscription_filters WHERE group_id = $group AND name = $name", static row => row.GetInt64(0),
            ("$group", subscription.GroupId), ("$name", subscription.FilterName)) is [var found] ? found : long.MaxValue;
        // The plus keeps SQLite from the index of groups, which is not in the order of writing: what is behind the cursor is little.
        var chunks = connection.Query(
            """
            SELECT chunks.id, log_streams.name, chunks.frames, chunks.packed, chunks.ingested
            FROM chunks LEFT JOIN log_streams ON log_streams.id = chunks.stream_id
            WHERE chunks.id > $cursor AND +chunks.group_id = $group ORDER BY chunks.id LIMIT $most
            """,
            static row =>
            {
                var stream = row.IsDBNull(1) ? null : row.GetString(1);
                var frames = LogChunk.Unpack((byte[])row.GetValue(2), row.GetInt64(3) != 0);
                return new SubscribedChunk(row.GetInt64(0), stream, new LoadedChunk(row.GetInt64(0), frames, row.GetInt64(4), stream ?? ""));
            },
            ("$cursor", cursor), ("$group", subscription.GroupId), ("$most", most));
        return ((IReadOnlyList<SubscribedChunk>)chunks, chunks.Count > 0 ? chunks[^1].Id : cursor);
    });

    /// <summary>What is up to there was delivered, or is not to be.</summary>
    internal Task SeenAsync(LogSubscription subscription, long cursor) => _database.WriteAsync(connection => connection.Execute(
        "UPDATE subscription_filters SET cursor = MAX(cursor, $cursor) WHERE group_id = $group AND name = $name",
        ("$cursor", cursor), ("$group", subscription.GroupId), ("$name", subscription.FilterName)));

    /// <summary>Skips what was written so far.</summary>
    internal Task SkipUnseenAsync(LogSubscription subscription) => _database.WriteAsync(connection => connection.Execute(
        "UPDATE subscription_filters SET cursor = (SELECT COALESCE(MAX(id), 0) FROM chunks) WHERE group_id = $group AND name = $name",
        ("$group", subscription.GroupId), ("$name", subscription.FilterName)));

    /// <summary>Reads the filters anew, after each change of theirs: they are few.</summary>
    void LoadSubscriptions()
    {
        // Who read first must not write last.
        lock (_subscriptionGate)
            _subscriptions = _database.Read(ReadSubscriptions);
    }

    static ImmutableDictionary<LogGroupKey, ImmutableArray<LogSubscription>> ReadSubscriptions(SqliteConnection connection) => connection.Query(
        """
        SELECT account, region, log_groups.name, group_id, subscription_filters.name, pattern, destination, role, distribution, subscription_filters.created
        FROM subscription_filters JOIN log_groups ON log_groups.id = group_id ORDER BY subscription_filters.name
        """,
        static row => new LogSubscription
        {
            Group = new LogGroupKey(new LogScope(row.GetString(0), row.GetString(1)), row.GetString(2)),
            GroupId = row.GetInt64(3),
            FilterName = row.GetString(4),
            FilterPattern = row.GetString(5),
            DestinationArn = row.GetString(6),
            RoleArn = row.IsDBNull(7) ? null : row.GetString(7),
            Distribution = row.GetString(8),
            CreatedMilliseconds = row.GetInt64(9),
        }).GroupBy(static each => each.Group).ToImmutableDictionary(static group => group.Key, static group => group.ToImmutableArray());

    void TellSubscribers(LogScope scope, string group)
    {
        if (_subscriptions.IsEmpty)
            return;
        foreach (var subscription in SubscriptionsOf(new LogGroupKey(scope, group)))
            Appended?.Invoke(subscription);
    }

    static void DeleteSubscriptions(SqliteConnection connection, long groupId) =>
        connection.Execute("DELETE FROM subscription_filters WHERE group_id = $id", ("$id", groupId));
}
