using System.Threading.Channels;

namespace Pilotlight.Load;

/// <summary>
/// The floor: the smallest Kestrel server that takes an event on one path and serves it to a function over the Runtime API. No
/// signature, no sandbox, no log, no limits: what remains is the cost of the machine and of the web server.
/// </summary>
sealed class FloorServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly Channel<Pending> _pending = Channel.CreateUnbounded<Pending>();
    readonly System.Collections.Concurrent.ConcurrentDictionary<string, Pending> _running = new();

    FloorServer(WebApplication app) => _app = app;

    public int Port { get; private set; }

    public static async Task<FloorServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new FloorServer(app);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        var address = app.Urls.First();
        server.Port = new Uri(address).Port;
        return server;
    }

    async Task HandleAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path.EndsWith("/next", StringComparison.Ordinal))
        {
            var pending = await _pending.Reader.ReadAsync(http.RequestAborted);
            _running[pending.Id] = pending;
            http.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = pending.Id;
            http.Response.Headers["Lambda-Runtime-Deadline-Ms"] = "9999999999999";
            http.Response.Headers["Lambda-Runtime-Invoked-Function-Arn"] = "arn:aws:lambda:us-east-1:000000000000:function:echo";
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = pending.Payload.Length;
            await http.Response.Body.WriteAsync(pending.Payload);
        }
        else if (path.EndsWith("/response", StringComparison.Ordinal))
        {
            var body = await ReadAsync(http);
            http.Response.StatusCode = 202;
            http.Response.ContentLength = 0;
            if (_running.TryRemove(path.Split('/')[^2], out var pending))
                pending.Answer.SetResult(body);
        }
        else
        {
            var pending = new Pending(Guid.NewGuid().ToString(), await ReadAsync(http), new(TaskCreationOptions.RunContinuationsAsynchronously));
            _pending.Writer.TryWrite(pending);
            var answer = await pending.Answer.Task;
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = answer.Length;
            await http.Response.Body.WriteAsync(answer);
        }
    }

    static async Task<byte[]> ReadAsync(HttpContext http)
    {
        var body = new byte[http.Request.ContentLength ?? 0];
        await http.Request.Body.ReadExactlyAsync(body);
        return body;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(true));
        await _app.DisposeAsync();
    }

    sealed record Pending(string Id, byte[] Payload, TaskCompletionSource<byte[]> Answer);
}
