using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Pilotlight.Identities;

namespace Pilotlight.Authentication;

/// <summary>The key that a scope signs with: four HMACs from the secret.</summary>
sealed record SigningKey(Credential Credential, byte[] Bytes, string Region);

/// <summary>Signing keys by access key, day, region and service, so that a request costs one HMAC and not five.</summary>
public sealed class SigningKeys
{
    const int MaxRemembered = 4096;

    readonly ConcurrentDictionary<string, SigningKey> _keys = new(StringComparer.Ordinal);

    internal SigningKey Of(Credential credential, scoped in SignatureClaim claim) =>
        // The same key id may have had another secret, or another session.
        _keys.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(claim.Credential, out var known) && known.Credential.HasSecretOf(credential)
            ? known
            : new SigningKey(credential, Derive(credential.SigningSecret, claim), claim.Region.ToString());

    /// <summary>Only for a key that has just verified a signature: otherwise strangers could fill the memory.</summary>
    internal void Remember(scoped in SignatureClaim claim, SigningKey key)
    {
        var known = _keys.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(claim.Credential, out var present) && ReferenceEquals(present, key))
            return;
        if (_keys.Count >= MaxRemembered)
            _keys.Clear();
        known[claim.Credential] = key;
    }

    internal static byte[] Derive(byte[] secret, scoped in SignatureClaim claim)
    {
        Span<byte> key = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Next(secret, claim.Date, key);
        Next(key, claim.Region, key);
        Next(key, claim.Service, key);
        return HMACSHA256.HashData(key, "aws4_request"u8);

        static void Next(ReadOnlySpan<byte> from, ReadOnlySpan<char> text, Span<byte> to)
        {
            Span<byte> bytes = stackalloc byte[SignatureVerifier.MaxScopeChars];
            HMACSHA256.HashData(from, bytes[..Encoding.ASCII.GetBytes(text, bytes)], to);
        }
    }
}
