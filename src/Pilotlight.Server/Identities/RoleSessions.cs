using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Identities;

/// <summary>
/// Issues and recognises the temporary credentials of roles. Nothing is kept: the token is the session, sealed, and the secret
/// follows from the token, so sessions outlive a restart and every node that holds the instance key knows them.
/// </summary>
public sealed class RoleSessions(InstanceKey instance, TimeProvider time)
{
    const int MaxRemembered = 16 * 1024;
    const int MaxTokenChars = 4096;
    const int SecretBytes = 30;
    const byte TokenFormat = 1;

    readonly Seal _seal = new(instance.Derive("session-tokens"u8));
    readonly byte[] _secretKey = instance.Derive("session-secrets"u8);

    // Only a memory of what the seal already proved; it may be emptied at any time.
    readonly ConcurrentDictionary<string, (string Token, Credential Credential)> _remembered = new(StringComparer.Ordinal);

    /// <param name="roleArn"><c>arn:aws:iam::A:role/path/name</c></param>
    /// <param name="sourceFunctionArn">The unqualified ARN of the function whose environment gets them, or null.</param>
    public SessionCredentials Issue(string accountId, string roleArn, string sessionName, string? sourceFunctionArn, TimeSpan lifetime)
    {
        // The token counts in whole seconds, and so does the Expiration that goes out with it.
        var expiration = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + lifetime).ToUnixTimeSeconds());
        var session = new RoleSession(accountId, roleArn, sessionName, sourceFunctionArn, expiration);
        var accessKeyId = AccessKeyId.NewSession(accountId);
        byte[] token = [TokenFormat, .. _seal.Close(session.ToBytes(), Encoding.ASCII.GetBytes(accessKeyId))];
        return new SessionCredentials(accessKeyId, SecretOf(token), Convert.ToBase64String(token), expiration);
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
            entry = (token, opened);
            known[accessKeyId] = entry;
        }

        return entry.Credential.Expiration <= time.GetUtcNow()
            ? CredentialLookup.Expired
            : new CredentialLookup(CredentialStatus.Valid, entry.Credential);
    }

    Credential? TryOpen(ReadOnlySpan<char> accessKeyId, string token)
    {
        if (token.Length > MaxTokenChars || accessKeyId.ContainsAnyExceptInRange(' ', '~'))
            return null;
        var bytes = new byte[token.Length / 4 * 3];
        if (!Convert.TryFromBase64String(token, bytes, out var length) || length == 0 || bytes[0] != TokenFormat)
            return null;
        var id = accessKeyId.ToString();
        var plain = _seal.TryOpen(bytes.AsSpan(1, length - 1), Encoding.ASCII.GetBytes(id));
        if (plain is null)
            return null;
        var session = RoleSession.FromBytes(plain);
        return new Credential(SecretOf(bytes.AsSpan(0, length)), session.CallerWith(id)) { Expiration = session.Expiration };
    }

    string SecretOf(ReadOnlySpan<byte> token) => Convert.ToBase64String(HMACSHA256.HashData(_secretKey, token).AsSpan(0, SecretBytes));
}
