using System.Security.Cryptography;

namespace Pilotlight.Invocations;

/// <summary>The X-Ray trace header: the caller's, or a new root (spec/invoke.md 1).</summary>
static class TraceHeader
{
    public static string From(string? given, TimeProvider time)
    {
        if (given is { Length: > 0 and <= 8192 } && given.Contains("Root=", StringComparison.Ordinal))
            return given;
        Span<byte> random = stackalloc byte[24];
        RandomNumberGenerator.Fill(random);
        var hex = Convert.ToHexStringLower(random);
        return $"Root=1-{time.GetUtcNow().ToUnixTimeSeconds():x8}-{hex[..24]};Parent={hex[24..40]};Sampled=0;Lineage=1:{hex[40..48]}:0";
    }
}
