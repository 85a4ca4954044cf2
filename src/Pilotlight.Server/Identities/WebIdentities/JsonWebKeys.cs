using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Pilotlight.Identities;

/// <summary>The public keys of an issuer (JWKS). Keys of kinds that are not used here are passed over.</summary>
sealed class JsonWebKeys
{
    const int MaxKeys = 100;
    const int MinRsaBytes = 256;
    const int MaxRsaBytes = 1024;

    readonly List<(string? Id, Func<byte[], byte[], bool> Verify, string Algorithm)> _keys = [];

    public bool Has(JsonWebToken token) => Candidates(token).Any();

    public bool Verify(JsonWebToken token) => Candidates(token).Any(key => key.Verify(token.SignedBytes, token.Signature));

    IEnumerable<(string? Id, Func<byte[], byte[], bool> Verify, string Algorithm)> Candidates(JsonWebToken token) =>
        _keys.Where(key => key.Algorithm == token.Algorithm && (token.KeyId is null || key.Id is null || key.Id == token.KeyId));

    /// <summary>Null when the bytes are no key set.</summary>
    public static JsonWebKeys? TryRead(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var keys)
                || keys.ValueKind != JsonValueKind.Array)
                return null;
            var set = new JsonWebKeys();
            foreach (var key in keys.EnumerateArray().Take(MaxKeys))
                set.Add(key);
            return set;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    void Add(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object || Text(key, "use") is not (null or "sig"))
            return;
        var id = Text(key, "kid");
        try
        {
            if (Text(key, "kty") == "RSA" && Bytes(key, "n") is { Length: >= MinRsaBytes and <= MaxRsaBytes } modulus && Bytes(key, "e") is { Length: > 0 and <= 8 } exponent)
            {
                var parameters = new RSAParameters { Modulus = modulus, Exponent = exponent };
                using var rsa = RSA.Create(parameters);
                _keys.Add((id, (data, signature) => VerifyRsa(parameters, data, signature), "RS256"));
            }
            else if (Text(key, "kty") == "EC" && Text(key, "crv") == "P-256" && Bytes(key, "x") is { Length: 32 } x && Bytes(key, "y") is { Length: 32 } y)
            {
                var parameters = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } };
                // Refuses a point that is not on the curve.
                using var ecdsa = ECDsa.Create(parameters);
                _keys.Add((id, (data, signature) => VerifyEc(parameters, data, signature), "ES256"));
            }
        }
        catch (CryptographicException)
        {
            // Not a key that anybody could have signed with.
        }
    }

    static bool VerifyRsa(RSAParameters parameters, byte[] data, byte[] signature)
    {
        using var rsa = RSA.Create(parameters);
        return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    static bool VerifyEc(ECParameters parameters, byte[] data, byte[] signature)
    {
        using var ecdsa = ECDsa.Create(parameters);
        return ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static byte[]? Bytes(JsonElement json, string name)
    {
        try
        {
            return Text(json, name) is { } text ? Base64Url.DecodeFromChars(text) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
