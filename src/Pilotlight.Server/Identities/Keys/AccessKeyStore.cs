using System.Text;
using Pilotlight.Storage;

namespace Pilotlight.Identities;

/// <summary>Accounts and their long-term keys on disk. Secrets lie there sealed, so the database alone gives none away.</summary>
sealed class AccessKeyStore(Database database, InstanceKey instance)
{
    readonly Seal _seal = new(instance.Derive("access-key-secrets"u8));

    public void Migrate() => database.Migrate("Identities", """
        CREATE TABLE accounts (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL);
        CREATE TABLE access_keys (
            id TEXT PRIMARY KEY,
            account_id TEXT NOT NULL REFERENCES accounts (id),
            sealed_secret BLOB NOT NULL,
            created_at INTEGER NOT NULL);
        """);

    public Task AddAccountAsync(string accountId, DateTimeOffset now, CancellationToken cancellation) => database.WriteAsync(
        connection => connection.Execute(
            "INSERT INTO accounts (id, created_at) VALUES ($id, $now) ON CONFLICT (id) DO NOTHING",
            ("$id", accountId), ("$now", now.ToUnixTimeMilliseconds())),
        cancellation);

    public Task AddRootKeyAsync(RootKey key, DateTimeOffset now, CancellationToken cancellation)
    {
        var secret = Seal(key.AccessKeyId, key.SecretAccessKey);
        return database.WriteAsync(
            connection => connection.Execute(
                "INSERT INTO access_keys (id, account_id, sealed_secret, created_at) VALUES ($id, $account, $secret, $now)",
                ("$id", key.AccessKeyId), ("$account", key.AccountId), ("$secret", secret), ("$now", now.ToUnixTimeMilliseconds())),
            cancellation);
    }

    /// <exception cref="InvalidOperationException">The instance key is not the one that sealed them.</exception>
    public List<RootKey> ReadRootKeys() => database.Read(connection => connection.Query(
        "SELECT id, account_id, sealed_secret FROM access_keys",
        row =>
        {
            var (id, account) = (row.GetString(0), row.GetString(1));
            return new RootKey(account, id, Open(id, (byte[])row.GetValue(2)));
        }));

    public byte[] Seal(string accessKeyId, string secret) => _seal.Close(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(accessKeyId));

    /// <exception cref="InvalidOperationException">The instance key is not the one that sealed it.</exception>
    public string Open(string accessKeyId, byte[] sealedSecret)
    {
        var secret = _seal.TryOpen(sealedSecret, Encoding.UTF8.GetBytes(accessKeyId)) ?? throw new InvalidOperationException(
            $"The secret of access key {accessKeyId} was sealed with another instance.key. Restore the file that belongs to this data folder.");
        return Encoding.UTF8.GetString(secret);
    }
}
