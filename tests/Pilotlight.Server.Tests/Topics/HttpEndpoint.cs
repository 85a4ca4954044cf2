using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Pilotlight.Tests.Topics;

sealed record HttpNotification(IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A web server on loopback that somebody subscribed.</summary>
sealed class HttpEndpoint : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly Channel<HttpNotification> _received = Channel.CreateUnbounded<HttpNotification>();

    HttpEndpoint(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    /// <summary>The status of the answer.</summary>
    public Func<HttpNotification, Task<int>> Answer { get; set; } = static _ => Task.FromResult(200);

    public static async Task<HttpEndpoint> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var endpoint = new HttpEndpoint(app);
        app.Run(endpoint.TakeAsync);
        await app.StartAsync();
        endpoint.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/hook";
        return endpoint;
    }

    async Task TakeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var notification = new HttpNotification(
            http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), await reader.ReadToEndAsync());
        await _received.Writer.WriteAsync(notification);
        http.Response.StatusCode = await Answer(notification);
        if (http.Response.StatusCode is >= 300 and < 400)
            http.Response.Headers.Location = Url;
    }

    public async Task<HttpNotification> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        return await _received.Reader.ReadAsync(patience.Token);
    }

    public bool IsQuiet => _received.Reader.Count == 0;

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
