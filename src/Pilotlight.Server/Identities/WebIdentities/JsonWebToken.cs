using System.Buffers.Text;
using System.Text.Json;

namespace Pilotlight.Identities;

/// <summary>A compact JWT, taken apart and not yet believed: its signature is the verifier's to check.</summary>
sealed class JsonWebToken
{
    const int MaxDepth = 16;

    JsonWebToken(JsonElement header, JsonElement claims, byte[] signed, byte[] signature) =>
        (Header, Claims, SignedBytes, Signature) = (header, claims, signed, signature);

    JsonElement Header { get; }

    public JsonElement Claims { get; }

    /// <summary>Header and claims as they were signed.</summary>
    public byte[] SignedBytes { get; }

    public byte[] Signature { get; }

    public string? Algorithm => Text(Header, "alg");

    public string? KeyId => Text(Header, "kid");

    /// <summary>Asks for extensions that must be understood; none is.</summary>
    public bool HasCriticalExtensions => Header.TryGetProperty("crit", out _);

    public string? Issuer => Text(Claims, "iss");

    public string? Subject => Text(Claims, "sub");

    /// <summary>Who may use it: one name, or several.</summary>
    public IReadOnlyList<string> Audiences => Claims.TryGetProperty("aud", out var audience)
        ? audience.ValueKind switch
        {
            JsonValueKind.String => [audience.GetString()!],
            JsonValueKind.Array => [.. audience.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.String).Select(each => each.GetString()!)],
            _ => [],
        }
        : [];

    /// <summary>Seconds since 1970, or null when the claim is missing or no number.</summary>
    public double? Seconds(string claim) =>
        Claims.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) ? seconds : null;

    /// <summary>Null when the text is no JWT of three parts.</summary>
    public static JsonWebToken? TryParse(string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 3 || text.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return null;
        return Object(parts[0]) is { } header && Object(parts[1]) is { } claims && Bytes(parts[2]) is { Length: > 0 } signature
            ? new JsonWebToken(header, claims, System.Text.Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature)
            : null;
    }

    static byte[]? Bytes(string part)
    {
        try
        {
            return part.Contains('=') ? null : Base64Url.DecodeFromChars(part);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    static JsonElement? Object(string part)
    {
        if (Bytes(part) is not { } bytes)
            return null;
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            // Reading every text once finds half surrogate pairs here, and not in the middle of a decision.
            return document.RootElement.ValueKind == JsonValueKind.Object && IsText(document.RootElement) ? document.RootElement.Clone() : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    static bool IsText(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString() is not null,
        JsonValueKind.Array => json.EnumerateArray().All(IsText),
        JsonValueKind.Object => json.EnumerateObject().All(member => member.Name is not null && IsText(member.Value)),
        _ => true,
    };

    static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
