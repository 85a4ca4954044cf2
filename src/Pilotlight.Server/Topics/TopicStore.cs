using System.Text.Json;
using Pilotlight.Storage;

namespace Pilotlight.Topics;

/// <summary>The SQL of topics and subscriptions: a document a row.</summary>
sealed class TopicStore
{
    readonly Database _database;

    public TopicStore(Database database)
    {
        _database = database;
        database.Migrate(
            "topics",
            """
            CREATE TABLE topics (arn TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL);
            CREATE TABLE topic_subscriptions (arn TEXT NOT NULL PRIMARY KEY, topic_arn TEXT NOT NULL, document TEXT NOT NULL);
            CREATE INDEX topic_subscriptions_of ON topic_subscriptions (topic_arn);
            """);
    }

    public List<Topic> LoadTopics() => _database.Read(static connection => connection.Query(
        "SELECT document FROM topics", static row => JsonSerializer.Deserialize(row.GetString(0), TopicsJson.Default.Topic)!));

    public List<Subscription> LoadSubscriptions() => _database.Read(static connection => connection.Query(
        "SELECT document FROM topic_subscriptions", static row => JsonSerializer.Deserialize(row.GetString(0), TopicsJson.Default.Subscription)!));

    /// <summary>Makes the rows of a topic what it now is.</summary>
    public Task SaveAsync(string arn, TopicState? before, TopicState? after) => _database.WriteAsync(connection =>
    {
        if (after is null)
        {
            connection.Execute("DELETE FROM topics WHERE arn = $arn", ("$arn", arn));
            connection.Execute("DELETE FROM topic_subscriptions WHERE topic_arn = $arn", ("$arn", arn));
            return;
        }

        if (!ReferenceEquals(before?.Topic, after.Topic))
        {
            connection.Execute(
                "INSERT INTO topics (arn, document) VALUES ($arn, $document) ON CONFLICT (arn) DO UPDATE SET document = excluded.document",
                ("$arn", arn), ("$document", JsonSerializer.Serialize(after.Topic, TopicsJson.Default.Topic)));
        }

        foreach (var gone in (before?.Subscriptions.Keys ?? []).Where(gone => !after.Subscriptions.ContainsKey(gone)))
            connection.Execute("DELETE FROM topic_subscriptions WHERE arn = $arn", ("$arn", gone));

        foreach (var (key, subscription) in after.Subscriptions)
        {
            if (ReferenceEquals(before?.Subscriptions.GetValueOrDefault(key), subscription))
                continue;
            connection.Execute(
                """
                INSERT INTO topic_subscriptions (arn, topic_arn, document) VALUES ($arn, $topic, $document)
                ON CONFLICT (arn) DO UPDATE SET document = excluded.document
                """,
                ("$arn", key), ("$topic", arn), ("$document", JsonSerializer.Serialize(subscription, TopicsJson.Default.Subscription)));
        }
    });

    public Task ClearAsync() => _database.WriteAsync(static connection =>
    {
        connection.Execute("DELETE FROM topics");
        connection.Execute("DELETE FROM topic_subscriptions");
    });
}
