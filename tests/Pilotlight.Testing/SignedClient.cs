using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Testing;

/// <summary>Sends requests signed with Signature V4, written apart from the server's verifier so that each tests the other.</summary>
public sealed class SignedClient(Uri endpoint, string accessKey = "test", string secretKey = "test", string region = "us-east-1")
{
    static readonly HttpClient s_http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1) });

    public Task<HttpResponseMessage> SendAsync(
        string service, HttpMethod method, string pathAndQuery, byte[]? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(endpoint, pathAndQuery)) { Content = new ByteArrayContent(body ?? []) };
        foreach (var (name, value) in Sign(service, method, pathAndQuery, body ?? [], headers))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return s_http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The headers given, and those that sign the request.</summary>
    public IReadOnlyList<(string Name, string Value)> Sign(
        string service, HttpMethod method, string pathAndQuery, byte[] body, params (string Name, string Value)[] headers)
    {
        var now = DateTimeOffset.UtcNow.ToString("yyyyMMddTHHmmssZ", CultureInfo.InvariantCulture);
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = endpoint.Authority,
            ["x-amz-date"] = now,
        };
        foreach (var (name, value) in headers.Where(header => header.Name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)))
            signed[name.ToLowerInvariant()] = value.Trim();
        var separator = pathAndQuery.IndexOf('?');
        var path = separator < 0 ? pathAndQuery : pathAndQuery[..separator];
        var query = separator < 0 ? "" : pathAndQuery[(separator + 1)..];
        var names = string.Join(';', signed.Keys);
        var canonical = string.Join('\n',
            method.Method, Encode(path, keepSlash: true), CanonicalQuery(query),
            string.Concat(signed.Select(header => $"{header.Key}:{header.Value}\n")), names, Hex(SHA256.HashData(body)));
        var scope = $"{now[..8]}/{region}/{service}/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{now}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in new[] { now[..8], region, service, "aws4_request" })
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var signature = Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return
        [
            .. headers,
            ("x-amz-date", now),
            ("Authorization", $"AWS4-HMAC-SHA256 Credential={accessKey}/{scope}, SignedHeaders={names}, Signature={signature}"),
        ];
    }

    public Task<HttpResponseMessage> LambdaAsync(HttpMethod method, string pathAndQuery, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync("lambda", method, pathAndQuery, json is null ? null : Encoding.UTF8.GetBytes(json), headers);

    static string CanonicalQuery(string query) => string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Key: Encode(Uri.UnescapeDataString(pair[0])), Value: Encode(Uri.UnescapeDataString(pair.Length > 1 ? pair[1] : ""))))
        .OrderBy(pair => pair.Key, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Key}={pair.Value}"));

    static string Encode(string text, bool keepSlash = false)
    {
        var encoded = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)value) || "-_.~".Contains((char)value) || (keepSlash && value == (byte)'/'))
                encoded.Append((char)value);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return encoded.ToString();
    }

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
