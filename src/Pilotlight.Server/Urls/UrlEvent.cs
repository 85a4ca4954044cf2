using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Pilotlight.Api;

namespace Pilotlight.Urls;

/// <summary>What an HTTP request says, for the event that the function gets: of a URL, or of an HTTP API, which says more.</summary>
sealed record UrlRequest
{
    public required HttpContext Http { get; init; }

    /// <summary>Names the URL or the API.</summary>
    public required string Id { get; init; }

    public required string RawPath { get; init; }
    public required string RawQuery { get; init; }

    /// <summary>The host name of the URL, without port.</summary>
    public required string Domain { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Null: anybody.</summary>
    public Caller? Caller { get; init; }

    public required string TraceId { get; init; }
    public required DateTimeOffset Time { get; init; }

    public string RouteKey { get; init; } = "$default";
    public string Stage { get; init; } = "$default";

    /// <summary>The owner of an API; null for a URL, whose event names the caller's account.</summary>
    public string? AccountId { get; init; }

    /// <summary>Null: the one of this HTTP request.</summary>
    public string? RequestId { get; init; }

    /// <summary>Writes the members that come before all others of an event that is no payload (an authorizer's).</summary>
    public Action<Utf8JsonWriter>? Lead { get; init; }

    /// <summary>Writes the member <c>authorizer</c>; null for a URL's.</summary>
    public Action<Utf8JsonWriter>? Authorizer { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> PathParameters { get; init; } = [];
    public IReadOnlyDictionary<string, string>? StageVariables { get; init; }

    public bool IsSigned => Caller is not null;
}

/// <summary>Payload format 2.0 (spec/invoke.md 8.2).</summary>
static class UrlEvent
{
    internal static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(UrlRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(2048 + request.Body.Length);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("version", "2.0");
            request.Lead?.Invoke(json);
            json.WriteString("routeKey", request.RouteKey);
            json.WriteString("rawPath", request.RawPath);
            json.WriteString("rawQueryString", request.RawQuery);
            WriteCookies(json, request.Http.Request);
            WriteHeaders(json, request);
            WriteQuery(json, request.RawQuery);
            WriteContext(json, request);
            WritePathParameters(json, request);
            if (request.Lead is null)
                WriteBody(json, request);
            WriteStageVariables(json, request);
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
        json.WriteStartObject("headers");
        foreach (var (name, values) in http.Request.Headers)
        {
            if (IsPassedOn(name, request.IsSigned) && !name.Equals("cookie", StringComparison.OrdinalIgnoreCase))
                json.WriteString(name.ToLowerInvariant(), string.Join(',', values.AsEnumerable()));
        }

        // API Gateway tells the length even of nothing.
        if (request.AccountId is not null && http.Request.ContentLength is null)
            json.WriteString("content-length", request.Body.Length.ToString(CultureInfo.InvariantCulture));
        json.WriteString("x-amzn-trace-id", request.TraceId);
        json.WriteString("x-forwarded-for", ForwardedFor(http));
        json.WriteString("x-forwarded-port", PortOf(http.Request));
        json.WriteString("x-forwarded-proto", http.Request.Scheme);
        json.WriteEndObject();
    }

    /// <summary>A proof of identity is not the function's business: with it, it could be the caller for five minutes.</summary>
    internal static bool IsPassedOn(string name, bool isSigned) => name.ToLowerInvariant() switch
    {
        "connection" or "x-amzn-trace-id" or "x-forwarded-for" or "x-forwarded-port" or "x-forwarded-proto" => false,
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

    }

    internal static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    internal static string ForwardedFor(HttpContext http) =>
        http.Request.Headers["X-Forwarded-For"].ToString() is { Length: > 0 } before ? $"{before}, {SourceOf(http.Connection)}" : SourceOf(http.Connection);

    internal static string PortOf(HttpRequest request) =>
        (request.Host.Port ?? (request.IsHttps ? 443 : 80)).ToString(CultureInfo.InvariantCulture);

    internal static string TimeOf(UrlRequest request) => request.Time.ToString("dd/MMM/yyyy:HH:mm:ss +0000", CultureInfo.InvariantCulture);

    internal static void WritePathParameters(Utf8JsonWriter json, UrlRequest request)
    {
        if (request.PathParameters.Count == 0)
            return;
        json.WriteStartObject("pathParameters");
        foreach (var (name, value) in request.PathParameters)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    internal static void WriteStageVariables(Utf8JsonWriter json, UrlRequest request)
    {
        if (request.StageVariables is not { Count: > 0 } variables)
            return;
        json.WriteStartObject("stageVariables");
        foreach (var (name, value) in variables)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    static void WriteContext(Utf8JsonWriter json, UrlRequest request)
    {
        var http = request.Http;
        json.WriteStartObject("requestContext");
        json.WriteString("accountId", request.AccountId ?? request.Caller?.AccountId ?? "anonymous");
        json.WriteString("apiId", request.Id);
        if (request.Authorizer is { } authorizer)
        {
            authorizer(json);
        }
        else if (request.Caller is { } caller)
        {
            json.WriteNull("authentication");
            json.WritePropertyName("authorizer");
            WriteCaller(json, caller);
        }

        json.WriteString("domainName", request.Domain);
        json.WriteString("domainPrefix", request.Id);
        json.WriteStartObject("http");
        json.WriteString("method", http.Request.Method);
        json.WriteString("path", request.RawPath);
        json.WriteString("protocol", http.Request.Protocol);
        json.WriteString("sourceIp", SourceOf(http.Connection));
        json.WriteString("userAgent", http.Request.Headers.UserAgent.ToString());
        json.WriteEndObject();
        json.WriteString("requestId", request.RequestId ?? http.TraceIdentifier);
        json.WriteString("routeKey", request.RouteKey);
        json.WriteString("stage", request.Stage);
        json.WriteString("time", TimeOf(request));
        json.WriteNumber("timeEpoch", request.Time.ToUnixTimeMilliseconds());
        json.WriteEndObject();
    }

    internal static void WriteCaller(Utf8JsonWriter json, Caller caller)
    {
        json.WriteStartObject();
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

    internal static void WriteBody(Utf8JsonWriter json, UrlRequest request)
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

    internal static string SourceOf(ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address.ToString(),
    };
}
