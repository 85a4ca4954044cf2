using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Primitives;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>Integrations with HTTP endpoints: the request goes on to them and their answer comes back, with few headers changed.</summary>
/// <remarks>https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html</remarks>
sealed partial class HttpProxy : IDisposable
{
    const int MaxAnswerBytes = 10 * 1024 * 1024;

    readonly HttpClient _http;
    readonly ProxyTargets _targets;
    readonly TimeProvider _time;
    readonly ILogger<HttpProxy> _log;

    public HttpProxy(HttpApisOptions options, TimeProvider time, ILogger<HttpProxy> log)
    {
        (_targets, _time, _log) = (new ProxyTargets(options.ProxyTargets), time, log);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 64 * 1024,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public void Dispose() => _http.Dispose();

    public async Task ServeAsync(ApiRequest request)
    {
        var (http, cors) = (request.Http, request.Route.Stage.Cors);
        if (AddressOf(request) is not { } address)
        {
            await ApiAnswer.WriteFailureAsync(http, cors);
            return;
        }

        using var limit = new CancellationTokenSource(request.Route.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, http.RequestAborted);
        try
        {
            using var asked = Asked(request, address);
            using var answer = await _http.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (await ReadAsync(answer, either.Token) is { } body)
                await WriteAsync(http, cors, answer, body);
            else
                await ApiAnswer.WriteFailureAsync(http, cors);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            await ApiAnswer.WriteMessageAsync(http, cors, 504, "Internal Server Error");
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or SocketException && !http.Response.HasStarted)
        {
            if (failed.InnerException is ForbiddenTargetException)
                TargetForbidden(request.Route.Route.RouteKey, address.Host);
            await ApiAnswer.WriteMessageAsync(http, cors, 502, "Internal Server Error");
        }
    }

    static Uri? AddressOf(ApiRequest request) => request.Route.Integration?.IntegrationUri is { } address
        ? ProxyUri.TryFill(address, request.Stage.Variables, RawParameters(request), request.Address.RawQuery)
        : null;

    static Dictionary<string, string> RawParameters(ApiRequest request) =>
        request.PathValues.Select((value, index) => KeyValuePair.Create(request.Route.Parameters[index], value)).ToDictionary();

    static HttpRequestMessage Asked(ApiRequest request, Uri address)
    {
        var method = request.Route.Integration!.IntegrationMethod is { } chosen and not ServedRoute.AnyMethod ? chosen : request.Method;
        var asked = new HttpRequestMessage(new HttpMethod(method), address);
        var from = request.Http.Request;
        if (request.Body.Length > 0 || from.ContentLength is not null)
            asked.Content = new ReadOnlyMemoryContent(request.Body);
        var dropped = NamedIn(from.Headers.Connection);
        foreach (var (name, values) in from.Headers)
        {
            if (!IsForwarded(name, request) || dropped.Contains(name))
                continue;
            if (!asked.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                asked.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        asked.Headers.TryAddWithoutValidation("Forwarded", $"by={AddressText(request.Http.Connection.LocalIpAddress)};for={AddressText(request.Http.Connection.RemoteIpAddress)};host={from.Host.Value};proto={from.Scheme}");
        asked.Headers.TryAddWithoutValidation("Via", "HTTP/1.1 AmazonAPIGateway");
        return asked;
    }

    /// <summary>Headers of one connection stay here, and so does a signature that was for this API.</summary>
    static bool IsForwarded(string name, ApiRequest request)
    {
        if (UrlHeaders.IsHopByHop(name))
            return false;
        return name.ToLowerInvariant() switch
        {
            "host" or "connection" or "content-length" or "expect" or "forwarded" or "via" => false,
            "authorization" or "x-amz-security-token" => request.Route.Route.AuthorizationType != "AWS_IAM",
            _ => true,
        };
    }

    static HashSet<string> NamedIn(StringValues connection) => new(
        connection.SelectMany(static value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        StringComparer.OrdinalIgnoreCase);

    static string AddressText(IPAddress? address) => address is null ? "unknown"
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.AddressFamily == AddressFamily.InterNetworkV6 ? $"\"[{address}]\""
        : address.ToString();

    /// <summary>Null when the answer is longer than API Gateway takes.</summary>
    static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.Content.Headers.ContentLength > MaxAnswerBytes)
            return null;
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            if (body.Length + count > MaxAnswerBytes)
                return null;
            body.Write(buffer.AsSpan(0, count));
        }

        return body.ToArray();
    }

    static Task WriteAsync(HttpContext http, ServedCors? cors, HttpResponseMessage answer, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = (int)answer.StatusCode;
        var dropped = new HashSet<string>(answer.Headers.Connection, StringComparer.OrdinalIgnoreCase) { "Connection", "Content-Length" };
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (dropped.Contains(name) || UrlHeaders.Outgoing(name) is not { } outgoing)
                continue;
            foreach (var value in values)
            {
                if (UrlHeaders.IsValue(value))
                    http.Response.Headers[outgoing] = StringValues.Concat(http.Response.Headers[outgoing], value);
            }
        }

        cors?.Overwrite(http);
        return UrlAnswer.WriteAsync(http, null, body);
    }

    async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation);
        // Judged after the name was resolved, and connected to what was judged: a name may lead anywhere, and elsewhere the next time.
        var allowed = _targets.Allowed(host, port, addresses);
        if (allowed.Length == 0)
            throw new ForbiddenTargetException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    sealed class ForbiddenTargetException() : IOException("The address belongs to this machine or to a private network.");

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The route {Route} of an HTTP API leads to {Host}, which is this machine or in a private network: HttpApis:ProxyTargets does not list it")]
    partial void TargetForbidden(string route, string host);
}
