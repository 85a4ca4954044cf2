using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>How S3 names an account: by a canonical user, 64 hex digits that tell nothing else.</summary>
static class Owner
{
    public static string CanonicalId(string accountId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"canonical-user:{accountId}")));

    /// <summary>As events name the owner of a bucket.</summary>
    public static string PrincipalId(string accountId) => $"A{CanonicalId(accountId)[..13].ToUpperInvariant()}";

    public static void Write(QueryXml xml, string accountId, string element = "Owner") =>
        xml.Structure(element, owner => owner.Text("ID", CanonicalId(accountId)));
}
