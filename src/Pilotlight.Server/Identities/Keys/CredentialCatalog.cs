namespace Pilotlight.Identities;

/// <summary>Finds what a signature is verified against: a long-term key by its id, a session by its id and token. No I/O.</summary>
public sealed class CredentialCatalog(AccessKeyCatalog accessKeys, RoleSessions sessions)
{
    public CredentialLookup Find(ReadOnlySpan<char> accessKeyId, string? sessionToken)
    {
        if (sessionToken is not null)
            return sessions.Find(accessKeyId, sessionToken);
        return accessKeys.TryFind(accessKeyId) is { } key ? new CredentialLookup(CredentialStatus.Valid, key) : CredentialLookup.Unknown;
    }
}
