using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pilotlight.Storage;

namespace Pilotlight.Identities;

/// <summary>The SQL of accounts: one row an entity. All questions are answered from memory, so the rows are documents.</summary>
sealed class AccountStore
{
    readonly Database _database;

    public AccountStore(Database database)
    {
        _database = database;
        database.Migrate(
            "accounts",
            """
            CREATE TABLE identities (
                account_id TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
                PRIMARY KEY (account_id, kind, id));
            CREATE TABLE access_key_uses (
                id TEXT PRIMARY KEY, used_at INTEGER NOT NULL, region TEXT NOT NULL, service TEXT NOT NULL);
            """);
    }

    public IReadOnlyList<Account> Load() => _database.Read(connection =>
    {
        var rows = connection.Query(
            "SELECT account_id, kind, document FROM identities",
            row => (Account: row.GetString(0), Kind: row.GetString(1), Document: row.GetString(2)));
        return rows.GroupBy(row => row.Account).Select(account =>
        {
            var kinds = account.ToLookup(row => row.Kind, row => row.Document);
            return new Account
            {
                Settings = kinds["account"].Select(text => Read(text, IdentitiesJson.Default.AccountSettings)).SingleOrDefault()
                    ?? new AccountSettings { Id = account.Key, CreatedAt = default },
                Roles = Set("role", IdentitiesJson.Default.Role),
                Users = Set("user", IdentitiesJson.Default.User),
                Groups = Set("group", IdentitiesJson.Default.Group),
                Policies = Set("policy", IdentitiesJson.Default.ManagedPolicy),
                InstanceProfiles = Set("instance-profile", IdentitiesJson.Default.InstanceProfile),
                OidcProviders = Set("oidc-provider", IdentitiesJson.Default.OidcProvider),
            };

            EntitySet<T> Set<T>(string kind, JsonTypeInfo<T> type) where T : IdentityEntity => EntitySet<T>.Of(kinds[kind].Select(text => Read(text, type)));
        }).ToList();
    });

    /// <summary>All rows of a change or none.</summary>
    public Task SaveAsync(string accountId, IReadOnlyList<EntityRow> rows) => _database.WriteAsync(connection =>
    {
        foreach (var (kind, id, document) in rows)
        {
            if (document is null)
                connection.Execute(
                    "DELETE FROM identities WHERE account_id = $account AND kind = $kind AND id = $id", ("$account", accountId), ("$kind", kind), ("$id", id));
            else
                connection.Execute(
                    """
                    INSERT INTO identities (account_id, kind, id, document) VALUES ($account, $kind, $id, $document)
                    ON CONFLICT (account_id, kind, id) DO UPDATE SET document = excluded.document
                    """,
                    ("$account", accountId), ("$kind", kind), ("$id", id), ("$document", document));
        }
    });

    public IReadOnlyList<(string Id, AccessKeyUse Use)> ReadUses() => _database.Read(connection => connection.Query(
        "SELECT id, used_at, region, service FROM access_key_uses",
        row => (row.GetString(0), new AccessKeyUse(DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(1)), row.GetString(2), row.GetString(3)))));

    /// <summary>Queued and not awaited: nobody waits for a date of last use, and the next minute writes it again.</summary>
    public void NoteUse(string accessKeyId, AccessKeyUse use) => _ = _database.WriteAsync(connection => connection.Execute(
        """
        INSERT INTO access_key_uses (id, used_at, region, service) VALUES ($id, $at, $region, $service)
        ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at, region = excluded.region, service = excluded.service
        """,
        ("$id", accessKeyId), ("$at", use.At.ToUnixTimeSeconds()), ("$region", use.Region), ("$service", use.Service)));

    public Task DeleteAllAsync() => _database.WriteAsync(connection =>
    {
        connection.Execute("DELETE FROM identities");
        connection.Execute("DELETE FROM access_key_uses");
    });

    static T Read<T>(string text, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(text, type)!;
}
