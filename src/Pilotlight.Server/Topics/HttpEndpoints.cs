using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>Posts messages to http(s) endpoints: bounded in time, no redirects, connections kept.</summary>
sealed class HttpEndpoints : IDisposable
{
    readonly HttpClient _http;
    readonly DeliverySettings _settings;

    /// <param name="anywhere">Also to this machine and into private networks.</param>
    public HttpEndpoints(DeliverySettings settings, bool anywhere)
    {
        _settings = settings;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = settings.Options.EndpointTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 64 * 1024,
            ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, anywhere, cancellation),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public async ValueTask<Attempt> PostAsync(TopicMessage message, Subscription subscription, string body, string contentType, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(subscription.Endpoint, UriKind.Absolute, out var uri))
            return new Attempt(AttemptEnd.Refused, "the endpoint is no URL");
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(message.Type == TopicMessage.Notification ? contentType : HttpDeliveryPolicy.DefaultContentType);
        var headers = request.Headers;
        headers.TryAddWithoutValidation("x-amz-sns-message-type", message.Type);
        headers.TryAddWithoutValidation("x-amz-sns-message-id", message.MessageId);
        headers.TryAddWithoutValidation("x-amz-sns-topic-arn", message.TopicArn);
        if (message.Type != TopicMessage.SubscriptionConfirmation)
            headers.TryAddWithoutValidation("x-amz-sns-subscription-arn", subscription.Arn);
        if (subscription.RawMessageDelivery && message.Type == TopicMessage.Notification)
            headers.TryAddWithoutValidation("x-amz-sns-rawdelivery", "true");
        headers.TryAddWithoutValidation("User-Agent", "Amazon Simple Notification Service Agent");
        if (uri.UserInfo.Length > 0)
            headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo))));

        using var limit = new CancellationTokenSource(_settings.Options.EndpointTimeout, _settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Judge((int)response.StatusCode);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Attempt(AttemptEnd.Failed, "the endpoint did not answer in time");
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or SocketException or InvalidOperationException or NotSupportedException)
        {
            return new Attempt(failed is HttpRequestException { InnerException: ForbiddenEndpointException } ? AttemptEnd.Refused : AttemptEnd.Failed,
                failed.InnerException?.Message ?? failed.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Errors of the endpoint are tried again, what it says is wrong with the request is not.</summary>
    static Attempt Judge(int status) => status switch
    {
        >= 200 and < 300 => Attempt.Delivered,
        429 or >= 500 or < 200 => new Attempt(AttemptEnd.Failed, $"the endpoint answered {status}"),
        _ => new Attempt(AttemptEnd.Refused, $"the endpoint answered {status}"),
    };

    static async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, bool anywhere, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(endpoint.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(endpoint.Host, cancellation);
        // Judged after the name was resolved, and connected to what was judged: a name may point anywhere.
        var allowed = addresses.Where(address => anywhere || (PublicNetwork.Has(address) && !PublicNetwork.IsOwn(address))).ToArray();
        if (allowed.Length == 0 && addresses.Length > 0)
            throw new ForbiddenEndpointException("Topics:Endpoints allows no addresses of this machine and of private networks");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, endpoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

sealed class ForbiddenEndpointException(string message) : IOException(message);
