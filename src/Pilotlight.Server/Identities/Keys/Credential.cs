using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>What a signature is verified against, and whom it proves.</summary>
public sealed class Credential(string secretAccessKey, Caller caller)
{
    public Caller Caller { get; } = caller;

    /// <summary>The secret as Signature V4 starts from it: <c>AWS4</c> and the secret access key.</summary>
    public byte[] SigningSecret { get; } = Encoding.UTF8.GetBytes("AWS4" + secretAccessKey);

    /// <summary>Everybody knows its secret (<c>test</c>/<c>test</c>): good for whoever sits at the machine, not for functions and web pages.</summary>
    public bool IsWellKnown { get; init; }

    /// <summary>When it ends, or null for a long-term key.</summary>
    public DateTimeOffset? Expiration { get; init; }

    public bool HasSecretOf(Credential other) =>
        ReferenceEquals(this, other) || CryptographicOperations.FixedTimeEquals(SigningSecret, other.SigningSecret);
}

public enum CredentialStatus
{
    Valid,

    /// <summary>No such key, an inactive one, or a session token that is not ours or belongs to another key.</summary>
    Unknown,

    Expired,
}

public readonly record struct CredentialLookup(CredentialStatus Status, Credential? Credential)
{
    public static CredentialLookup Unknown { get; } = new(CredentialStatus.Unknown, null);

    public static CredentialLookup Expired { get; } = new(CredentialStatus.Expired, null);
}
