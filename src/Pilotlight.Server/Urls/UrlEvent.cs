using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Pilotlight.Api;

namespace Pilotlight.Urls;

/// <summary>What a URL's request says, for the event that the function gets.</summary>
sealed record UrlRequest
{
    public required HttpContext Http { get; init; }
    public required UrlAddress Address { get; init; }

    /// <summary>The host name of the URL, without port.</summary>
    public required string Domain { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Null: anybody.</summary>
    public Caller? Caller { get; init; }

    public required string TraceId { get; init; }
    public required DateTimeOffset Time { get; init; }
}

/// <summary>Payload format 2.0 (spec/invoke.md 8.2).</summary>
static class UrlEvent
{
    static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(UrlRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(2048 + request.Body.Length);
        using (var json = new Utf8JsonWriter(buffer, s_plain))
        {
            json.WriteStartObject();
            json.WriteString("version", "2.0");
            json.WriteString("routeKey", "$default");
            json.WriteString("rawPath", request.Address.RawPath);
            json.WriteString("rawQueryString", request.Address.RawQuery);
            WriteCookies(json, request.Http.Request);
            WriteHeaders(json, request);
            WriteQuery(json, request.Address.RawQuery);
            WriteContext(json, request);
            WriteBody(json, request);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    static void WriteCookies(Utf8JsonWriter json, HttpRequest request)
    {
        if (request.Headers.Cookie.Count == 0)
            return;
        json.WriteStartArray("cookies");
        foreach (var header in request.Headers.Cookie)
        {
            foreach (var cookie in (header ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                json.WriteStringValue(cookie);
        }

        json.WriteEndArray();
    }

    static void WriteHeaders(Utf8JsonWriter json, UrlRequest request)
    {
        var http = request.Http;
        var connection = http.Connection;
        var forwarded = http.Request.Headers["X-Forwarded-For"].ToString();
        json.WriteStartObject("headers");
        foreach (var (name, values) in http.Request.Headers)
        {
            if (IsPassedOn(name, request.Caller is not null))
                json.WriteString(name.ToLowerInvariant(), string.Join(',', values.AsEnumerable()));
        }

        json.WriteString("x-amzn-trace-id", request.TraceId);
        json.WriteString("x-forwarded-for", forwarded.Length > 0 ? $"{forwarded}, {SourceOf(connection)}" : SourceOf(connection));
        json.WriteString("x-forwarded-port", (http.Request.Host.Port ?? (http.Request.IsHttps ? 443 : 80)).ToString(CultureInfo.InvariantCulture));
        json.WriteString("x-forwarded-proto", http.Request.Scheme);
        json.WriteEndObject();
    }

    /// <summary>A proof of identity is not the function's business: with it, it could be the caller for five minutes.</summary>
    static bool IsPassedOn(string name, bool isSigned) => name.ToLowerInvariant() switch
    {
        "cookie" or "connection" or "x-amzn-trace-id" or "x-forwarded-for" or "x-forwarded-port" or "x-forwarded-proto" => false,
        "authorization" or "x-amz-security-token" => !isSigned,
        var lower => !UrlHeaders.IsHopByHop(lower),
    };

    static void WriteQuery(Utf8JsonWriter json, string rawQuery)
    {
        if (rawQuery.Length == 0)
            return;
        var parameters = new List<(string Name, StringBuilder Values)>();
        var byName = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var pair in rawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : Decode(pair[(equals + 1)..]);
            if (byName.TryGetValue(name, out var values))
            {
                values.Append(',').Append(value);
                continue;
            }

            byName[name] = values = new StringBuilder(value);
            parameters.Add((name, values));
        }

        if (parameters.Count == 0)
            return;
        json.WriteStartObject("queryStringParameters");
        foreach (var (name, values) in parameters)
            json.WriteString(name, values.ToString());
        json.WriteEndObject();

        static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
    }

    static void WriteContext(Utf8JsonWriter json, UrlRequest request)
    {
        var http = request.Http;
        json.WriteStartObject("requestContext");
        json.WriteString("accountId", request.Caller?.AccountId ?? "anonymous");
        json.WriteString("apiId", request.Address.Id);
        if (request.Caller is { } caller)
            WriteCaller(json, caller);
        json.WriteString("domainName", request.Domain);
        json.WriteString("domainPrefix", request.Address.Id);
        json.WriteStartObject("http");
        json.WriteString("method", http.Request.Method);
        json.WriteString("path", request.Address.RawPath);
        json.WriteString("protocol", http.Request.Protocol);
        json.WriteString("sourceIp", SourceOf(http.Connection));
        json.WriteString("userAgent", http.Request.Headers.UserAgent.ToString());
        json.WriteEndObject();
        json.WriteString("requestId", http.TraceIdentifier);
        json.WriteString("routeKey", "$default");
        json.WriteString("stage", "$default");
        json.WriteString("time", request.Time.ToString("dd/MMM/yyyy:HH:mm:ss +0000", CultureInfo.InvariantCulture));
        json.WriteNumber("timeEpoch", request.Time.ToUnixTimeMilliseconds());
        json.WriteEndObject();
    }

    static void WriteCaller(Utf8JsonWriter json, Caller caller)
    {
        json.WriteNull("authentication");
        json.WriteStartObject("authorizer");
        json.WriteStartObject("iam");
        json.WriteString("accessKey", caller.AccessKeyId);
        json.WriteString("accountId", caller.AccountId);
        json.WriteString("callerId", caller.UserId);
        json.WriteNull("cognitoIdentity");
        json.WriteNull("principalOrgId");
        json.WriteString("userArn", caller.Arn);
        json.WriteString("userId", caller.UserId);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void WriteBody(Utf8JsonWriter json, UrlRequest request)
    {
        var body = request.Body.Span;
        var isText = body.IsEmpty || (IsText(request.Http.Request) && Utf8.IsValid(body));
        if (!body.IsEmpty && isText)
            json.WriteString("body", body);
        else if (!body.IsEmpty)
            json.WriteBase64String("body", body);
        json.WriteBoolean("isBase64Encoded", !isText);
    }

    static bool IsText(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0)
            return false;
        var type = (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        return type.StartsWith("text/", StringComparison.Ordinal) || type is "application/json" or "application/xml" or "application/javascript"
            || type.EndsWith("+json", StringComparison.Ordinal) || type.EndsWith("+xml", StringComparison.Ordinal);
    }

    static string SourceOf(ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address.ToString(),
    };
}
