using System.Security.Cryptography;
using Pilotlight.Storage;

namespace Pilotlight.Identities;

/// <summary>
/// The secret of this installation, <c>instance.key</c> in the data folder: session tokens and the secrets in the database are
/// sealed with keys derived from it, each purpose with its own.
/// </summary>
public sealed class InstanceKey(ReadOnlyMemory<byte> secret)
{
    const int Bytes = 32;

    public static InstanceKey Open(DataFolder folder) => new(SecretFile.ReadOrCreate(Path.Combine(folder.Root, "instance.key"), Bytes));

    public byte[] Derive(ReadOnlySpan<byte> purpose)
    {
        var key = new byte[Bytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.Span, key, salt: [], purpose);
        return key;
    }
}
