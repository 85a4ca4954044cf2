using System.Security.Cryptography;

namespace Pilotlight.Identities;

/// <summary>A long-term key of an account's root.</summary>
public sealed record RootKey(string AccountId, string AccessKeyId, string SecretAccessKey)
{
    const int SecretBytes = 30;

    public static RootKey New(string accountId) =>
        new(accountId, Identities.AccessKeyId.NewLongTerm(accountId), Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes)));

    // The generated text would put the secret into whatever prints the record.
    public override string ToString() => AccessKeyId;
}
