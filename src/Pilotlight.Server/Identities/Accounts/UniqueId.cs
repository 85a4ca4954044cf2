using System.Security.Cryptography;

namespace Pilotlight.Identities;

/// <summary>AWS's unique ids: four letters that tell the kind, and 17 at random.</summary>
static class UniqueId
{
    public static string OfRole() => New("AROA");

    public static string OfUser() => New("AIDA");

    public static string OfGroup() => New("AGPA");

    public static string OfManagedPolicy() => New("ANPA");

    public static string OfInstanceProfile() => New("AIPA");

    static string New(string prefix)
    {
        Span<byte> random = stackalloc byte[15];
        RandomNumberGenerator.Fill(random);
        return prefix + AccessKeyId.Base32(random)[..17];
    }
}
