using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>An error that a service answered with.</summary>
sealed class ServiceRefusedException(string code, string message) : Exception($"{code}: {message}")
{
    public string Code => code;

    public string Words => message;
}

/// <summary>Calls an AWS service of the JSON protocols, signed with Signature Version 4. The SDKs of Kinesis and DynamoDB are not among our packages.</summary>
sealed class SignedJsonClient(StreamSourceOptions options, string service, string targetPrefix, string contentType, TimeProvider time) : IDisposable
{
    const int MostAttempts = 4;
    const long MostAnswerBytes = 64 * 1024 * 1024;

    static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);

    readonly Uri _endpoint = new(options.Endpoint);
    readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(30),
        MaxResponseContentBufferSize = MostAnswerBytes,
    };

    /// <summary>What is busy or out of reach for a moment is asked again.</summary>
    /// <exception cref="ServiceRefusedException">What it answered instead.</exception>
    /// <exception cref="SourceUnavailableException">It could not be reached, or answered something else than JSON.</exception>
    public async Task<JsonElement> CallAsync(string operation, string region, Action<Utf8JsonWriter> members, CancellationToken cancellation)
    {
        var body = BodyOf(members);
        var pause = s_firstPause;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = Sign(operation, options.Region.Length > 0 ? options.Region : region, body);
                using var answer = await _http.SendAsync(request, cancellation);
                var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
                if (answer.IsSuccessStatusCode)
                    return Parse(bytes);
                var refusal = RefusalOf((int)answer.StatusCode, bytes);
                var mayPass = (int)answer.StatusCode >= 500 || refusal.Code is "ThrottlingException" or "LimitExceededException" or "ProvisionedThroughputExceededException";
                if (!mayPass || attempt == MostAttempts)
                    throw refusal;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException
                || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                if (attempt == MostAttempts)
                    throw new SourceUnavailableException($"{_endpoint.Authority} could not be reached: {failure.Message}", failure);
            }

            await Task.Delay(pause, time, cancellation);
            pause *= 2;
        }
    }

    public void Dispose() => _http.Dispose();

    static byte[] BodyOf(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    JsonElement Parse(byte[] bytes)
    {
        try
        {
            // Not disposed: its records outlive the call.
            var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 128 }).RootElement;
            if (json.ValueKind == JsonValueKind.Object)
                return json;
        }
        catch (JsonException)
        {
            // Not AWS, whatever it is.
        }

        throw new SourceUnavailableException($"{_endpoint.Authority} answered with something else than a JSON object");
    }

    static ServiceRefusedException RefusalOf(int status, byte[] bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var code = Text(json.RootElement, "__type") ?? "";
            return new ServiceRefusedException(
                code.Length > 0 ? code[(code.LastIndexOf('#') + 1)..] : $"HTTP {status}",
                Text(json.RootElement, "message") ?? Text(json.RootElement, "Message") ?? "");
        }
        catch (JsonException)
        {
            return new ServiceRefusedException($"HTTP {status}", "");
        }
    }

    static string? Text(JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    HttpRequestMessage Sign(string operation, string region, byte[] body)
    {
        var (accessKey, secret, token) = options.AccessKeyId.Length > 0
            ? (options.AccessKeyId, options.SecretAccessKey, options.SessionToken)
            : (Variable("AWS_ACCESS_KEY_ID"), Variable("AWS_SECRET_ACCESS_KEY"), Variable("AWS_SESSION_TOKEN"));
        if (accessKey.Length == 0)
            throw new SourceUnavailableException($"There are no keys for {_endpoint.Authority}");
        var now = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["content-type"] = contentType,
            ["host"] = _endpoint.Authority,
            ["x-amz-date"] = now,
            ["x-amz-target"] = $"{targetPrefix}.{operation}",
        };
        if (token.Length > 0)
            headers["x-amz-security-token"] = token;
        var names = string.Join(';', headers.Keys);
        var canonical = string.Concat(
            "POST\n/\n\n", string.Concat(headers.Select(static header => $"{header.Key}:{header.Value}\n")), "\n", names, "\n", Hex(SHA256.HashData(body)));
        var scope = $"{now[..8]}/{region}/{service}/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{now}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in new[] { now[..8], region, service, "aws4_request" })
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_endpoint, "/")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers.Where(static header => header.Key.StartsWith("x-amz-", StringComparison.Ordinal)))
            request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={accessKey}/{scope}, SignedHeaders={names}, Signature={Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)))}");
        return request;
    }

    static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
