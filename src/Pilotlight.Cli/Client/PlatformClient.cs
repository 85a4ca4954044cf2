using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pilotlight.Cli;

/// <summary>Where the platform is, and who asks.</summary>
sealed record Connection(Uri Endpoint, string Region, AwsCredentials Credentials)
{
    public const string DefaultEndpoint = "http://127.0.0.1:4566";

    /// <summary>The flags, else the variables that AWS's own tools read, else the platform of this machine and its root key.</summary>
    public static Connection From(string? endpoint, string? region, Func<string, string?> environment)
    {
        var address = endpoint ?? Set("AWS_ENDPOINT_URL") ?? DefaultEndpoint;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw CliException.Usage($"'{address}' is no endpoint; it looks like {DefaultEndpoint}");
        var credentials = Set("AWS_ACCESS_KEY_ID") is { } key && Set("AWS_SECRET_ACCESS_KEY") is { } secret
            ? new AwsCredentials(key, secret, Set("AWS_SESSION_TOKEN"))
            : new AwsCredentials("test", "test", null);
        return new Connection(uri, region ?? Set("AWS_REGION") ?? Set("AWS_DEFAULT_REGION") ?? "us-east-1", credentials);

        string? Set(string name) => environment(name) is { Length: > 0 } value ? value : null;
    }
}

/// <param name="Body">As it came.</param>
sealed record PlatformAnswer(int Status, HttpResponseHeaders Headers, byte[] Body)
{
    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.First() : null;

    public JsonElement Json()
    {
        using var document = JsonDocument.Parse(Body.Length == 0 ? "{}"u8.ToArray() : Body);
        return document.RootElement.Clone();
    }
}

/// <summary>Sends signed requests to a platform, and turns its refusals into <see cref="RefusedException"/>.</summary>
sealed class PlatformClient(Connection connection, TimeProvider time) : IDisposable
{
    // An invocation may last 15 minutes; it is the platform that ends it.
    readonly HttpClient _http = new(Handler())
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Trusts what the machine trusts, or what <c>AWS_CA_BUNDLE</c> names, as AWS's own tools do.</summary>
    static SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), UseCookies = false };
        if (Environment.GetEnvironmentVariable("AWS_CA_BUNDLE") is not { Length: > 0 } bundle)
            return handler;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(bundle);
        }
        catch (Exception failed) when (failed is CryptographicException or IOException)
        {
            throw CliException.Usage($"AWS_CA_BUNDLE '{bundle}' cannot be read: {failed.Message}");
        }

        handler.SslOptions.CertificateChainPolicy = policy;
        return handler;
    }

    public Connection Connection { get; } = connection;

    public TimeProvider Time { get; } = time;

    /// <param name="path">Path and query, percent-encoded.</param>
    public async Task<PlatformAnswer> SendAsync(
        string service, HttpMethod method, string path, byte[]? body, CancellationToken cancellation,
        params IEnumerable<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(Connection.Endpoint, path));
        var contentType = "application/json";
        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type")
                contentType = value;
            else
                request.Headers.TryAddWithoutValidation(name, value);
        }

        body ??= [];
        if (method != HttpMethod.Get)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        SignatureV4.Sign(request, body, Connection.Credentials, Connection.Region, service, Time.GetUtcNow());
        var answer = await ExchangeAsync(request, cancellation);
        return answer.Status is >= 200 and < 300 ? answer : throw Refusal(answer);
    }

    public void Dispose() => _http.Dispose();

    async Task<PlatformAnswer> ExchangeAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            return new PlatformAnswer((int)response.StatusCode, response.Headers, await response.Content.ReadAsByteArrayAsync(cancellation));
        }
        catch (HttpRequestException broken)
        {
            var refused = broken.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            throw new CliException(
                ExitCode.Unreachable,
                refused ? $"no platform answers at {Connection.Endpoint}" : $"{Connection.Endpoint}: {broken.Message}",
                refused ? "start one with: ./pilotlight up   (or name another with --endpoint)" : null);
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliException(ExitCode.Unreachable, $"{Connection.Endpoint} does not answer");
        }
    }

    static RefusedException Refusal(PlatformAnswer answer)
    {
        var (code, message) = ("", "");
        try
        {
            var body = answer.Json();
            if (body.ValueKind == JsonValueKind.Object)
            {
                code = Text(body, "__type") ?? "";
                message = Text(body, "message") ?? Text(body, "Message") ?? "";
            }
        }
        catch (JsonException)
        {
            // XML of the query services, or not an answer of Pilotlight's: some other server has the port, and the status is all there is to say.
            var text = Encoding.UTF8.GetString(answer.Body);
            (code, message) = (Element(text, "Code"), Element(text, "Message"));
        }

        code = answer.Header("x-amzn-ErrorType") ?? code;
        code = code[(code.LastIndexOf('#') + 1)..].Split(':')[0];
        return new RefusedException(answer.Status, code.Length > 0 ? code : $"HTTP {answer.Status}", message);

        static string Element(string xml, string name) =>
            Regex.Match(xml, $"<{name}>([^<]*)</{name}>") is { Success: true } found ? WebUtility.HtmlDecode(found.Groups[1].Value) : "";

        static string? Text(JsonElement body, string name) =>
            body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
