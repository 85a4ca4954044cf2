using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Authentication;

/// <summary>
/// A signer for tests that need to vary what is signed. It takes simple targets only; <see cref="BotocoreVectors"/> prove the
/// hard forms and this signer.
/// </summary>
sealed record RequestSigner(string AccessKeyId = "test", string Secret = "test", string? Token = null)
{
    public string Host { get; init; } = "localhost:4566";

    public string Region { get; init; } = "eu-west-1";

    public string Timestamp { get; init; } = "20250304T120000Z";

    public string? ScopeDate { get; init; }

    public string? ScopeService { get; init; }

    public string Terminator { get; init; } = "aws4_request";

    public string[] Unsigned { get; init; } = [];

    public SignedRequest Sign(string service, string method, string target, string body, params IEnumerable<(string Name, string Value)> headers)
    {
        var request = new SignedRequest("signed here", service, method, target, body, [("Host", Host), .. headers])
            .With("X-Amz-Date", Timestamp);
        if (Token is not null)
            request = request.With("X-Amz-Security-Token", Token);
        var signed = request.Headers
            .Select(header => (Name: header.Name.ToLowerInvariant(), header.Value))
            .Where(header => !Unsigned.Contains(header.Name))
            .OrderBy(header => header.Name, StringComparer.Ordinal)
            .ToList();
        var names = string.Join(';', signed.Select(header => header.Name));
        var mark = target.IndexOf('?');
        var (path, query) = mark < 0 ? (target, "") : (target[..mark], target[(mark + 1)..]);
        var canonical = $"{method}\n{path}\n{query}\n{string.Concat(signed.Select(header => $"{header.Name}:{header.Value}\n"))}\n{names}\n{Hash(body)}";
        var scope = $"{ScopeDate ?? Timestamp[..8]}/{Region}/{ScopeService ?? service}/{Terminator}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + Secret), Hmac);
        var signature = Convert.ToHexStringLower(Hmac(key, $"AWS4-HMAC-SHA256\n{Timestamp}\n{scope}\n{Hash(canonical)}"));
        return request.With(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={AccessKeyId}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
