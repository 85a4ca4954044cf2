using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Identities;

/// <summary>
/// Issues and recognises temporary credentials. Nothing is kept: the token is the session, sealed, and the secret follows from the
/// token, so sessions outlive a restart and every node that holds the instance key knows them. A session is good while what it is a
/// session of exists: the role or user by its unique id, and the key that asked for it.
/// </summary>
public sealed class RoleSessions(InstanceKey instance, AccountCatalog accounts, TimeProvider time)
{
    const int MaxRemembered = 16 * 1024;
    const int MaxTokenChars = 8192;
    const int SecretBytes = 30;
    const byte FirstTokenFormat = 1;
    const byte TokenFormat = 2;

    readonly Seal _seal = new(instance.Derive("session-tokens"u8));
    readonly byte[] _secretKey = instance.Derive("session-secrets"u8);

    // Only a memory of what the seal already proved; it may be emptied at any time.
    readonly ConcurrentDictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);

    /// <summary>The credentials of a function's environment.</summary>
    /// <param name="roleArn"><c>arn:aws:iam::A:role/path/name</c></param>
    /// <param name="sourceFunctionArn">The unqualified ARN of the function whose environment gets them, or null.</param>
    public SessionCredentials Issue(string accountId, string roleArn, string sessionName, string? sourceFunctionArn, TimeSpan lifetime) => Issue(new Session
    {
        AccountId = accountId,
        OfArn = roleArn,
        OfId = accounts.FindRole(roleArn)?.Id ?? Session.IdOfUnknownRole(roleArn),
        Name = sessionName,
        SourceFunctionArn = sourceFunctionArn,
        IssuedAt = time.GetUtcNow(),
        Expiration = time.GetUtcNow() + lifetime,
    });

    internal SessionCredentials Issue(Session session)
    {
        // The token counts in whole seconds, and so does the Expiration that goes out with it.
        session = session with { Expiration = DateTimeOffset.FromUnixTimeSeconds(session.Expiration.ToUnixTimeSeconds()) };
        var accessKeyId = AccessKeyId.NewSession(session.AccountId);
        byte[] token = [TokenFormat, .. _seal.Close(session.ToBytes(), BoundTo(TokenFormat, accessKeyId))];
        return new SessionCredentials(accessKeyId, SecretOf(token), Convert.ToBase64String(token), session.Expiration);
    }

    /// <summary>The session name of a function's environments: its name, which for one-letter names AWS makes longer.</summary>
    public static string SessionNameOf(string functionName) => functionName.Length > 1 ? functionName : $"{functionName}@lambda_function";

    internal CredentialLookup Find(ReadOnlySpan<char> accessKeyId, string token)
    {
        var known = _remembered.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!known.TryGetValue(accessKeyId, out var entry) || entry.Token != token)
        {
            if (TryOpen(accessKeyId, token) is not { } opened)
                return CredentialLookup.Unknown;
            if (_remembered.Count >= MaxRemembered)
                _remembered.Clear();
            known[accessKeyId] = entry = opened;
        }

        if (!IsAlive(entry))
            return CredentialLookup.Unknown;
        return entry.Credential.Expiration <= time.GetUtcNow()
            ? CredentialLookup.Expired
            : new CredentialLookup(CredentialStatus.Valid, entry.Credential);
    }

    /// <summary>Looked up again only after the account changed.</summary>
    bool IsAlive(Remembered entry)
    {
        var account = accounts.Find(entry.Session.AccountId);
        if (Volatile.Read(ref entry.AliveAtVersion) == account.Version)
            return true;
        if (!Exists(entry.Session, account))
            return false;
        Volatile.Write(ref entry.AliveAtVersion, account.Version);
        return true;
    }

    static bool Exists(Session session, Account account)
    {
        if (session.Kind == SessionKind.Role)
        {
            // An environment of a role that was never kept (in audit mode): the session exists, and has no policies.
            return account.Roles.Find(session.OfArn[(session.OfArn.LastIndexOf('/') + 1)..])?.Id == session.OfId
                || session.OfId == Session.IdOfUnknownRole(session.OfArn);
        }

        if (session.OfId == session.AccountId)
            return true;
        return account.Users.FindById(session.OfId) is { } user
            && (session.ParentKeyId is null || user.AccessKeys.Any(key => key.Id == session.ParentKeyId && key.IsActive));
    }

    Remembered? TryOpen(ReadOnlySpan<char> accessKeyId, string token)
    {
        if (token.Length > MaxTokenChars || accessKeyId.ContainsAnyExceptInRange(' ', '~'))
            return null;
        var bytes = new byte[token.Length / 4 * 3];
        if (!Convert.TryFromBase64String(token, bytes, out var length) || length == 0 || bytes[0] is not (FirstTokenFormat or TokenFormat))
            return null;
        var id = accessKeyId.ToString();
        var plain = _seal.TryOpen(bytes.AsSpan(1, length - 1), BoundTo(bytes[0], id));
        if (plain is null)
            return null;
        var session = bytes[0] == TokenFormat ? Session.FromBytes(plain) : Session.FromFirstForm(plain);
        var credential = new Credential(SecretOf(bytes.AsSpan(0, length)), session.CallerWith(id)) { Expiration = session.Expiration };
        return new Remembered(token, session, credential);
    }

    /// <summary>The seal holds for one key id and one form only.</summary>
    static byte[] BoundTo(byte format, string accessKeyId) =>
        format == FirstTokenFormat ? Encoding.ASCII.GetBytes(accessKeyId) : [format, .. Encoding.ASCII.GetBytes(accessKeyId)];

    string SecretOf(ReadOnlySpan<byte> token) => Convert.ToBase64String(HMACSHA256.HashData(_secretKey, token).AsSpan(0, SecretBytes));

    sealed class Remembered(string token, Session session, Credential credential)
    {
        public string Token => token;
        public Session Session => session;
        public Credential Credential => credential;
        public long AliveAtVersion = -1;
    }
}
