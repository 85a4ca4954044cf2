using System.Buffers;
using System.Text.Json;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>Payload format 1.0 (spec/events.md 2.5), as HTTP APIs have it.</summary>
static class ApiEvent1
{
    static readonly string[] s_forwarded = ["X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"];

    public static ReadOnlyMemory<byte> Write(ApiRequest request, string traceId, ApiIdentity identity, Action<Utf8JsonWriter>? lead = null)
    {
        var url = request.Event(traceId, identity, lead);
        var buffer = new ArrayBufferWriter<byte>(4096 + request.Body.Length);
        using (var json = new Utf8JsonWriter(buffer, UrlEvent.Plain))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            lead?.Invoke(json);
            json.WriteString("resource", request.Route.Path);
            json.WriteString("path", request.Path);
            json.WriteString("httpMethod", request.Method);
            WriteHeaders(json, url);
            WriteQuery(json, url.RawQuery);
            WriteContext(json, request, url, identity);
            WriteMap(json, "pathParameters", request.PathParameters);
            WriteMap(json, "stageVariables", request.Stage.Variables);
            if (lead is null)
                WriteBody(json, url);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    static void WriteHeaders(Utf8JsonWriter json, UrlRequest request)
    {
        var http = request.Http.Request;
        var headers = new List<KeyValuePair<string, IEnumerable<string?>>>();
        if (http.ContentLength is null)
            headers.Add(KeyValuePair.Create<string, IEnumerable<string?>>("Content-Length", [request.Body.Length.ToString()]));
        foreach (var (name, values) in http.Headers)
        {
            if (UrlEvent.IsPassedOn(name, request.IsSigned))
                headers.Add(KeyValuePair.Create(name, values.AsEnumerable()));
        }

        string[] forwarded = [request.TraceId, UrlEvent.ForwardedFor(request.Http), UrlEvent.PortOf(http), http.Scheme];
        for (var index = 0; index < s_forwarded.Length; index++)
            headers.Add(KeyValuePair.Create<string, IEnumerable<string?>>(s_forwarded[index], [forwarded[index]]));
        WriteBoth(json, "headers", "multiValueHeaders", headers);
    }

    static void WriteQuery(Utf8JsonWriter json, string rawQuery)
    {
        var parameters = new List<KeyValuePair<string, IEnumerable<string?>>>();
        var byName = new Dictionary<string, List<string?>>(StringComparer.Ordinal);
        foreach (var pair in rawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            var name = UrlEvent.Decode(equals < 0 ? pair : pair[..equals]);
            if (!byName.TryGetValue(name, out var values))
            {
                byName[name] = values = [];
                parameters.Add(KeyValuePair.Create<string, IEnumerable<string?>>(name, values));
            }

            values.Add(equals < 0 ? "" : UrlEvent.Decode(pair[(equals + 1)..]));
        }

        if (parameters.Count > 0)
        {
            WriteBoth(json, "queryStringParameters", "multiValueQueryStringParameters", parameters);
            return;
        }

        json.WriteNull("queryStringParameters");
        json.WriteNull("multiValueQueryStringParameters");
    }

    /// <summary>Each name once with its last value, and once with all of them.</summary>
    static void WriteBoth(Utf8JsonWriter json, string single, string multiple, List<KeyValuePair<string, IEnumerable<string?>>> entries)
    {
        json.WriteStartObject(single);
        foreach (var (name, values) in entries)
            json.WriteString(name, values.LastOrDefault() ?? "");
        json.WriteEndObject();
        json.WriteStartObject(multiple);
        foreach (var (name, values) in entries)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
                json.WriteStringValue(value ?? "");
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    static void WriteContext(Utf8JsonWriter json, ApiRequest request, UrlRequest url, ApiIdentity identity)
    {
        var http = request.Http;
        json.WriteStartObject("requestContext");
        json.WriteString("accountId", url.AccountId);
        json.WriteString("apiId", url.Id);
        identity.Write1(json);
        json.WriteString("domainName", url.Domain);
        json.WriteString("domainPrefix", url.Id);
        json.WriteString("extendedRequestId", request.RequestId);
        json.WriteString("httpMethod", request.Method);
        var caller = url.Caller;
        json.WriteStartObject("identity");
        json.WriteString("accessKey", caller?.AccessKeyId);
        json.WriteString("accountId", caller?.AccountId);
        json.WriteString("caller", caller?.UserId);
        json.WriteNull("cognitoAmr");
        json.WriteNull("cognitoAuthenticationProvider");
        json.WriteNull("cognitoAuthenticationType");
        json.WriteNull("cognitoIdentityId");
        json.WriteNull("cognitoIdentityPoolId");
        json.WriteNull("principalOrgId");
        json.WriteString("sourceIp", UrlEvent.SourceOf(http.Connection));
        json.WriteString("user", caller?.UserId);
        json.WriteString("userAgent", http.Request.Headers.UserAgent.ToString());
        json.WriteString("userArn", caller?.Arn);
        json.WriteEndObject();
        json.WriteString("path", request.Path);
        json.WriteString("protocol", http.Request.Protocol);
        json.WriteString("requestId", request.RequestId);
        json.WriteString("requestTime", UrlEvent.TimeOf(url));
        json.WriteNumber("requestTimeEpoch", request.Time.ToUnixTimeMilliseconds());
        json.WriteString("resourceId", request.Route.Route.RouteKey);
        json.WriteString("resourcePath", request.Route.Path);
        json.WriteString("stage", request.Stage.Name);
        json.WriteEndObject();
    }

    static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyCollection<KeyValuePair<string, string>> map)
    {
        if (map.Count == 0)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        foreach (var (key, value) in map)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    static void WriteBody(Utf8JsonWriter json, UrlRequest url)
    {
        if (url.Body.IsEmpty)
            json.WriteNull("body");
        UrlEvent.WriteBody(json, url);
    }
}
