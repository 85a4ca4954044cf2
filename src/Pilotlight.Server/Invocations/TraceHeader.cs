using Pilotlight.Functions;

namespace Pilotlight.Invocations;

/// <summary>The X-Ray trace header: the caller's, or a new root (spec/invoke.md 1), with the invocation counted in its lineage.</summary>
static class TraceHeader
{
    public static string From(string? given, FunctionVersion version, TimeProvider time)
    {
        if (given is { Length: > 0 and <= 8192 } && given.Contains("Root=", StringComparison.Ordinal))
            return Lineage.Advance(given, version);
        Span<byte> random = stackalloc byte[20];
        // It has to be different, not secret.
        Random.Shared.NextBytes(random);
        var hex = Convert.ToHexStringLower(random);
        return Lineage.Advance($"Root=1-{time.GetUtcNow().ToUnixTimeSeconds():x8}-{hex[..24]};Parent={hex[24..]};Sampled=0", version);
    }
}
