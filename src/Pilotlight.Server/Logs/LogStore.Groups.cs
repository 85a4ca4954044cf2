using Microsoft.Data.Sqlite;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Logs;

public sealed partial class LogStore
{
    const string GroupColumns = "id, name, created, retention_days, class, kms_key, stored_bytes";

    internal LogGroup? FindGroup(LogScope scope, string name) => _database.Read(connection => FindGroup(connection, scope, name));

    /// <summary>Groups in the order of their names, after a name.</summary>
    internal List<LogGroup> ListGroups(LogScope scope, LogGroupQuery query, int limit) => _database.Read(connection => connection.Query(
        $"""
         SELECT {GroupColumns} FROM log_groups
         WHERE account = $account AND region = $region AND name > $after
             AND ($prefix IS NULL OR name >= $prefix AND name < $prefix || char(1114111))
             AND ($pattern IS NULL OR instr(name, $pattern) > 0) AND ($class IS NULL OR class = $class)
         ORDER BY name LIMIT $limit
         """, ReadGroup,
        ("$account", scope.AccountId), ("$region", scope.Region), ("$after", query.After), ("$prefix", query.Prefix),
        ("$pattern", query.Pattern), ("$class", query.Class), ("$limit", limit)));

    /// <summary>Null when it was made, else why not.</summary>
    internal Task<AwsError?> CreateGroupAsync(LogScope scope, LogGroup group, IReadOnlyDictionary<string, string> tags) =>
        _database.WriteAsync(connection =>
        {
            if (FindGroup(connection, scope, group.Name) is not null)
                return LogsErrors.GroupExists;
            connection.Execute(
                """
                INSERT INTO log_groups (account, region, name, created, class, kms_key)
                VALUES ($account, $region, $name, $created, $class, $kms)
                """,
                ("$account", scope.AccountId), ("$region", scope.Region), ("$name", group.Name), ("$created", group.CreatedMilliseconds),
                ("$class", group.Class), ("$kms", group.KmsKeyId));
            SetTags(connection, FindGroup(connection, scope, group.Name)!.Id, tags);
            return (AwsError?)null;
        });

    /// <summary>The group, its streams and tags are gone at once; its events are unreachable and swept out later.</summary>
    internal async Task<AwsError?> DeleteGroupAsync(LogScope scope, string name)
    {
        var refused = await ChangeGroupAsync(scope, name, (connection, group) => DeleteGroup(connection, group));
        LoadSubscriptions();
        return refused;
    }

    void DeleteGroup(SqliteConnection connection, LogGroup group)
    {
        DeleteSubscriptions(connection, group.Id);
        connection.Execute("DELETE FROM log_streams WHERE group_id = $id", ("$id", group.Id));
        connection.Execute("DELETE FROM log_group_tags WHERE group_id = $id", ("$id", group.Id));
        connection.Execute("DELETE FROM log_groups WHERE id = $id", ("$id", group.Id));
        connection.Execute("INSERT INTO swept_groups (id) VALUES ($id)", ("$id", group.Id));
        _chunks.ForgetIds();
    }

    internal Task<AwsError?> SetRetentionAsync(LogScope scope, string name, int? days) =>
        ChangeGroupAsync(scope, name, (connection, group) =>
            connection.Execute("UPDATE log_groups SET retention_days = $days WHERE id = $id", ("$days", days), ("$id", group.Id)));

    internal Dictionary<string, string> ListTags(LogGroup group) => _database.Read(connection => ReadTags(connection, group.Id));

    /// <summary>Adds or replaces tags; <paramref name="tooMany"/> is the answer when there would be more than AWS allows.</summary>
    internal Task<AwsError?> TagGroupAsync(LogScope scope, string name, IReadOnlyDictionary<string, string> tags, AwsError tooMany) =>
        _database.WriteAsync(connection =>
        {
            if (FindGroup(connection, scope, name) is not { } group)
                return LogsErrors.NoSuchGroup;
            if (ReadTags(connection, group.Id).Keys.Union(tags.Keys).Count() > LogsInput.MaxTags)
                return tooMany;
            SetTags(connection, group.Id, tags);
            return (AwsError?)null;
        });

    internal Task<AwsError?> UntagGroupAsync(LogScope scope, string name, IReadOnlyList<string> keys) =>
        ChangeGroupAsync(scope, name, (connection, group) =>
        {
            foreach (var key in keys)
                connection.Execute("DELETE FROM log_group_tags WHERE group_id = $id AND key = $key", ("$id", group.Id), ("$key", key));
        });

    Task<AwsError?> ChangeGroupAsync(LogScope scope, string name, Action<SqliteConnection, LogGroup> change) =>
        _database.WriteAsync(connection =>
        {
            if (FindGroup(connection, scope, name) is not { } group)
                return LogsErrors.NoSuchGroup;
            change(connection, group);
            return (AwsError?)null;
        });

    static LogGroup? FindGroup(SqliteConnection connection, LogScope scope, string name) => connection.Query(
        $"SELECT {GroupColumns} FROM log_groups WHERE account = $account AND region = $region AND name = $name", ReadGroup,
        ("$account", scope.AccountId), ("$region", scope.Region), ("$name", name)) is [var group] ? group : null;

    static LogGroup ReadGroup(SqliteDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Name = row.GetString(1),
        CreatedMilliseconds = row.GetInt64(2),
        RetentionDays = row.IsDBNull(3) ? null : row.GetInt32(3),
        Class = row.GetString(4),
        KmsKeyId = row.IsDBNull(5) ? null : row.GetString(5),
        StoredBytes = row.GetInt64(6),
    };

    static void SetTags(SqliteConnection connection, long groupId, IReadOnlyDictionary<string, string> tags)
    {
        foreach (var (key, value) in tags)
            connection.Execute(
                "INSERT INTO log_group_tags VALUES ($id, $key, $value) ON CONFLICT (group_id, key) DO UPDATE SET value = excluded.value",
                ("$id", groupId), ("$key", key), ("$value", value));
    }

    static Dictionary<string, string> ReadTags(SqliteConnection connection, long groupId) => connection.Query(
        "SELECT key, value FROM log_group_tags WHERE group_id = $id ORDER BY key",
        static row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), ("$id", groupId)).ToDictionary();
}

/// <summary>Which groups to list.</summary>
sealed record LogGroupQuery
{
    /// <summary>The last name of the page before, or empty.</summary>
    public string After { get; init; } = "";

    public string? Prefix { get; init; }

    /// <summary>Part of the name.</summary>
    public string? Pattern { get; init; }

    public string? Class { get; init; }
}
