using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Tests.Buckets;

/// <summary>Signs requests to S3 with a body in any form, written apart from the server, and sends bytes that no SDK would.</summary>
sealed class S3Requests(Uri endpoint)
{
    static readonly HttpClient s_http = new();

    readonly string _time = DateTimeOffset.UtcNow.ToString("yyyyMMddTHHmmssZ", CultureInfo.InvariantCulture);

    string Scope => $"{_time[..8]}/us-east-1/s3/aws4_request";

    byte[] Key => Scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4test"), Hmac);

    /// <param name="payload">What <c>x-amz-content-sha256</c> says.</param>
    public (List<(string Name, string Value)> Headers, string Signature) Sign(
        string method, string path, string payload, params (string Name, string Value)[] more)
    {
        List<(string Name, string Value)> headers = [("host", endpoint.Authority), ("x-amz-content-sha256", payload), ("x-amz-date", _time), .. more];
        headers.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        var names = string.Join(';', headers.Select(static header => header.Name));
        var mark = path.IndexOf('?');
        var query = mark < 0 ? "" : string.Join('&', path[(mark + 1)..].Split('&').Select(static pair => pair.Contains('=') ? pair : pair + "=").Order(StringComparer.Ordinal));
        var canonical = $"{method}\n{(mark < 0 ? path : path[..mark])}\n{query}\n{string.Concat(headers.Select(static header => $"{header.Name}:{header.Value}\n"))}\n{names}\n{payload}";
        var signature = Hex(Hmac(Key, $"AWS4-HMAC-SHA256\n{_time}\n{Scope}\n{Hash(canonical)}"));
        headers.Add(("Authorization", $"AWS4-HMAC-SHA256 Credential=test/{Scope}, SignedHeaders={names}, Signature={signature}"));
        return (headers, signature);
    }

    public async Task<(int Status, string Body)> SendAsync(
        HttpMethod method, string path, byte[] body, string? payload = null, params (string Name, string Value)[] more)
    {
        var (headers, _) = Sign(method.Method, path, payload ?? Hex(SHA256.HashData(body)), more);
        return await SendAsync(method, path, body, headers);
    }

    public async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, byte[] body, IEnumerable<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(endpoint, path)) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await s_http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A signed body in chunks; <paramref name="trailer"/> is a checksum that follows it.</summary>
    public byte[] Chunks(string seed, IReadOnlyList<byte[]> chunks, (string Name, string Value)? trailer = null)
    {
        using var body = new MemoryStream();
        var previous = seed;
        foreach (var chunk in chunks.Append([]))
        {
            previous = Hex(Hmac(Key, $"AWS4-HMAC-SHA256-PAYLOAD\n{_time}\n{Scope}\n{previous}\n{Hash("")}\n{Hex(SHA256.HashData(chunk))}"));
            Write(body, $"{chunk.Length:x};chunk-signature={previous}\r\n");
            body.Write(chunk);
            if (chunk.Length > 0)
                Write(body, "\r\n");
        }

        if (trailer is var (name, value))
        {
            var signature = Hex(Hmac(Key, $"AWS4-HMAC-SHA256-TRAILER\n{_time}\n{Scope}\n{previous}\n{Hash($"{name}:{value}\n")}"));
            Write(body, $"{name}:{value}\r\nx-amz-trailer-signature:{signature}\r\n");
        }

        Write(body, "\r\n");
        return body.ToArray();
    }

    /// <summary>Sends the beginning of a request and goes away.</summary>
    public async Task AbandonAsync(string path, int announced, byte[] sent)
    {
        var (headers, _) = Sign("PUT", path, "UNSIGNED-PAYLOAD");
        using var socket = new TcpClient();
        await socket.ConnectAsync(endpoint.Host, endpoint.Port, TestContext.Current.CancellationToken);
        var head = $"PUT {path} HTTP/1.1\r\n{string.Concat(headers.Select(static header => $"{header.Name}: {header.Value}\r\n"))}Content-Length: {announced}\r\n\r\n";
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        await stream.WriteAsync(sent, TestContext.Current.CancellationToken);
    }

    static void Write(MemoryStream body, string text) => body.Write(Encoding.ASCII.GetBytes(text));

    static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    static string Hash(string text) => Hex(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
