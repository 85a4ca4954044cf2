using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Buckets;

/// <summary>A notification that was not delivered yet.</summary>
/// <param name="DetailType">To a bus: what happened. Null for everything else.</param>
sealed record PendingNotification(
    long Id, string BucketArn, string AccountId, byte[] Key, string TargetArn, byte[] Payload, string? DetailType, DateTimeOffset Created, int Attempts);

sealed partial class BucketStore
{
    /// <summary>Notes for everybody who wants to know, in the transaction of the change.</summary>
    void Notify(SqliteConnection connection, Bucket bucket, BucketSettings settings, ObjectEvent happened, StoredObject target)
    {
        var notifications = settings.Notifications;
        if (notifications.IsEmpty)
            return;
        var now = _time.GetUtcNow();
        foreach (var rule in notifications.All)
        {
            if (rule.Matches(happened.Name, target.Key))
                Add(connection, bucket, target.Key, rule.TargetArn, ObjectEventJson.Record(bucket, rule.Id, happened, target, now), null, now);
        }

        if (notifications.ToEventBridge && ObjectEventJson.DetailType(happened) is { } detailType)
        {
            Add(connection, bucket, target.Key, $"arn:aws:events:{bucket.Region}:{bucket.AccountId}:event-bus/default",
                ObjectEventJson.Detail(bucket, happened, target), detailType, now);
        }
    }

    static void Add(
        SqliteConnection connection, Bucket bucket, string key, string target, byte[] payload, string? detailType, DateTimeOffset now) =>
        connection.Execute(
            """
            INSERT INTO pending (bucket, bucket_arn, account, key, target, payload, detail_type, created, due)
            VALUES ($bucket, $arn, $account, $key, $target, $payload, $type, $now, $now)
            """,
            ("$bucket", bucket.Id), ("$arn", bucket.Arn), ("$account", bucket.AccountId), ("$key", KeyBytes(key)), ("$target", target),
            ("$payload", payload), ("$type", detailType), ("$now", now.ToUnixTimeMilliseconds()));

    /// <summary>What is due, oldest first; of one key and target nothing overtakes what is held back.</summary>
    public IReadOnlyList<PendingNotification> Due(int limit) => _database.Read(connection => connection.Query(
        """
        SELECT id, bucket_arn, account, key, target, payload, detail_type, created, attempts FROM pending AS next WHERE due <= $now
            AND NOT EXISTS (SELECT 1 FROM pending AS held WHERE held.due > $now AND held.id < next.id AND held.key = next.key AND held.target = next.target)
        ORDER BY id LIMIT $limit
        """,
        static row => new PendingNotification(
            row.GetInt64(0), row.GetString(1), row.GetString(2), (byte[])row.GetValue(3), row.GetString(4), (byte[])row.GetValue(5),
            row.IsDBNull(6) ? null : row.GetString(6), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)), row.GetInt32(8)),
        ("$now", _time.GetUtcNow().ToUnixTimeMilliseconds()), ("$limit", limit)));

    /// <summary>When the next one is due, or null when nothing waits.</summary>
    public DateTimeOffset? NextDue() => _database.Read(static connection => connection.Query(
        "SELECT MIN(due) FROM pending", static row => row.IsDBNull(0) ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0)))[0]);

    public long CountPending() => _database.Read(static connection => connection.Query("SELECT COUNT(*) FROM pending", static row => row.GetInt64(0))[0]);

    /// <summary>Forgets what is done, and puts off what failed.</summary>
    public Task SettleAsync(IReadOnlyList<long> done, IReadOnlyList<(long Id, DateTimeOffset Due)> putOff) => _database.WriteAsync(connection =>
    {
        foreach (var id in done)
            connection.Execute("DELETE FROM pending WHERE id = $id", ("$id", id));
        foreach (var (id, due) in putOff)
            connection.Execute("UPDATE pending SET attempts = attempts + 1, due = $due WHERE id = $id", ("$id", id), ("$due", due.ToUnixTimeMilliseconds()));
    });
}
