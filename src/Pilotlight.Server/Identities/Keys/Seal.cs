using System.Security.Cryptography;

namespace Pilotlight.Identities;

/// <summary>Authenticated encryption (AES-256-GCM, random nonce): <c>nonce, ciphertext, tag</c>, bound to what it belongs to.</summary>
sealed class Seal(byte[] key)
{
    const int NonceBytes = 12;
    const int TagBytes = 16;

    public const int OverheadBytes = NonceBytes + TagBytes;

    public byte[] Close(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> boundTo)
    {
        var sealedBytes = new byte[OverheadBytes + plain.Length];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(nonce, plain, sealedBytes.AsSpan(NonceBytes, plain.Length), sealedBytes.AsSpan(NonceBytes + plain.Length), boundTo);
        return sealedBytes;
    }

    /// <summary>The plain bytes, or null when they were not sealed here or belong to something else.</summary>
    public byte[]? TryOpen(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> boundTo)
    {
        if (sealedBytes.Length < OverheadBytes)
            return null;
        var plain = new byte[sealedBytes.Length - OverheadBytes];
        // An instance of its own: AesGcm must not be shared between threads.
        using var cipher = new AesGcm(key, TagBytes);
        try
        {
            cipher.Decrypt(
                sealedBytes[..NonceBytes], sealedBytes[NonceBytes..^TagBytes], sealedBytes[^TagBytes..], plain, boundTo);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
