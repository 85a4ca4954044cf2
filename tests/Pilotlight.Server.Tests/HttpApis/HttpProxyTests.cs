using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pilotlight.HttpApis;

namespace Pilotlight.Tests.HttpApis;

/// <summary>Integrations with HTTP endpoints: what reaches them, what comes back, and where they may not lead.</summary>
public sealed class HttpProxyTests
{
    const string Failed = """{"message":"Internal Server Error"}""";

    [Fact]
    public async Task A_request_goes_on_as_it_is_and_its_answer_comes_back()
    {
        await using var backend = await Backend.StartAsync(async http =>
        {
            http.Response.StatusCode = 418;
            http.Response.Headers.Append("Set-Cookie", "a=1");
            http.Response.Headers.Append("Set-Cookie", "b=2");
            http.Response.Headers["X-Back"] = "yes";
            http.Response.Headers.Connection = "X-Inner";
            http.Response.Headers["X-Inner"] = "stays";
            http.Response.ContentType = "text/teapot";
            await http.Response.Body.WriteAsync(new byte[] { 0, 255, 1 });
        });
        await using var server = await StartAsync(backend);
        await ProxyAsync(server, "ANY /in/{kind}/{rest+}", $"http://127.0.0.1:{backend.Port}/out/{{rest}}/{{kind}}?fixed=1");

        using var answer = await server.SendAsync("PUT", "/in/cat/a%2Fb/../c?q=1&q=%20x", [1, 0, 200], null,
            ("X-One", "1"), ("Content-Type", "image/png"), ("Connection", "X-Hop"), ("X-Hop", "hop"), ("Authorization", "Bearer t"), ("Cookie", "c=d"), ("Via", "1.1 elsewhere"));

        var seen = await backend.NextAsync();
        Assert.Equal(("PUT", "/out/a%2Fb/../c/cat?fixed=1&q=1&q=%20x"), (seen.Method, seen.Target));
        Assert.Equal([1, 0, 200], seen.Body);
        Assert.Equal(
            ("1", "image/png", "Bearer t", "c=d", $"127.0.0.1:{backend.Port}", "3"),
            (seen["X-One"], seen["Content-Type"], seen["Authorization"], seen["Cookie"], seen["Host"], seen["Content-Length"]));
        Assert.Equal(("", "", "HTTP/1.1 AmazonAPIGateway"), (seen["X-Hop"], seen["Transfer-Encoding"], seen["Via"]));
        Assert.Equal($"by=127.0.0.1;for=127.0.0.1;host={server.Host};proto=http", seen["Forwarded"]);
        Assert.Equal(418, (int)answer.StatusCode);
        Assert.Equal(["a=1", "b=2"], answer.Headers.GetValues("Set-Cookie"));
        Assert.Equal(("yes", "text/teapot"), (answer.Headers.GetValues("X-Back").Single(), answer.Content.Headers.ContentType!.ToString()));
        Assert.False(answer.Headers.Contains("X-Inner"));
        Assert.Equal([0, 255, 1], await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_method_may_be_chosen_and_a_redirection_is_the_clients_affair()
    {
        await using var backend = await Backend.StartAsync(static http =>
        {
            http.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        });
        await using var server = await StartAsync(backend);
        await ProxyAsync(server, "GET /x", $"http://localhost:{backend.Port}/${{stageVariables.where}}", ""","integrationMethod":"POST" """,
            ""","stageVariables":{"where":"here"} """);

        var (status, _, answer) = await server.GetAsync("/x");

        Assert.Equal((302, "/elsewhere"), (status, answer.Headers.Location!.ToString()));
        Assert.Equal(("POST", "/here"), await backend.NextAsync() is var seen ? (seen.Method, seen.Target) : default);
    }

    [Theory]
    [InlineData("http://127.0.0.1:PORT/")]
    [InlineData("http://localhost:PORT/")]
    [InlineData("http://LOCALHOST.:PORT/")]
    [InlineData("http://[::1]:PORT/")]
    [InlineData("http://[::ffff:127.0.0.1]:PORT/")]
    [InlineData("http://[64:ff9b::127.0.0.1]:PORT/")]
    [InlineData("http://2130706433:PORT/")]
    [InlineData("http://0x7f.1:PORT/")]
    [InlineData("http://0.0.0.0:PORT/")]
    [InlineData("http://[::]:PORT/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[fd00:ec2::254]/latest/meta-data/")]
    [InlineData("http://10.0.0.1:PORT/")]
    [InlineData("http://172.16.0.1:PORT/")]
    [InlineData("http://192.168.0.1:PORT/")]
    [InlineData("http://100.64.0.1:PORT/")]
    [InlineData("http://${stageVariables.host}:PORT/")]
    [InlineData("http://OWN:PORT/")]
    public async Task Nothing_leads_to_this_machine_or_into_private_networks(string address)
    {
        await using var backend = await Backend.StartAsync(static _ => Task.CompletedTask, "0.0.0.0");
        // Another port of this machine is listed, which opens no more than that.
        await using var server = await ApiServer.StartAsync(static payload => payload, configure: static options => options.HttpApis.ProxyTargets = ["127.0.0.1:1"]);
        await ProxyAsync(server, "GET /x", address.Replace("PORT", $"{backend.Port}").Replace("OWN", Own()), stage: ""","stageVariables":{"host":"127.0.0.1"} """);

        var (status, body, _) = await server.GetAsync("/x");

        Assert.Equal((502, Failed), (status, body));
        Assert.True(backend.IsQuiet);
    }

    [Fact]
    public void A_name_leads_only_to_those_of_its_addresses_that_are_public()
    {
        var targets = new ProxyTargets([]);
        Assert.Equal([Of("8.8.8.8"), Of("2606:4700::1")], targets.Allowed("evil.example", 80, [Of("127.0.0.1"), Of("8.8.8.8"), Of("::1"), Of("2606:4700::1"), Of("fe80::1"), Of("169.254.169.254")]));
        Assert.Empty(targets.Allowed("evil.example", 80, [Of("::ffff:10.0.0.1"), Of("2002:7f00:1::"), Of("fc00::1"), Of("255.255.255.255"), Of("224.0.0.1"), Of("198.18.0.1")]));
    }

    [Theory]
    [InlineData("10.1.0.0/16", "x.example", 80, "10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "x.example", 80, "10.2.2.3", false)]
    [InlineData("10.1.2.3", "x.example", 80, "::ffff:10.1.2.3", true)]
    [InlineData("10.1.2.3:8080", "x.example", 80, "10.1.2.3", false)]
    [InlineData("10.1.2.3:8080", "x.example", 8080, "10.1.2.3", true)]
    [InlineData("[::1]:8080", "x.example", 8080, "::1", true)]
    [InlineData("fd00::/8", "x.example", 80, "fd12::1", true)]
    [InlineData("db.internal", "DB.internal.", 80, "10.1.2.3", true)]
    [InlineData("db.internal:81", "db.internal", 80, "10.1.2.3", false)]
    [InlineData("*.internal", "db.internal", 80, "10.1.2.3", true)]
    [InlineData("*.internal", "internal", 80, "10.1.2.3", false)]
    [InlineData("*.internal", "notinternal", 80, "10.1.2.3", false)]
    public void What_the_operator_lists_may_be_reached(string listed, string host, int port, string address, bool may) =>
        Assert.Equal(may, new ProxyTargets([listed]).Allowed(host, port, [Of(address)]).Length == 1);

    [Theory]
    [InlineData("")]
    [InlineData("http://x")]
    [InlineData("10.0.0.0/33")]
    [InlineData("host:0")]
    [InlineData("host:x")]
    [InlineData("*")]
    [InlineData("a b")]
    public void A_setting_that_means_nothing_is_refused(string listed) => Assert.Throws<FormatException>(() => new ProxyTargets([listed]));

    [Fact]
    public async Task An_endpoint_that_does_not_answer_in_time_is_a_504()
    {
        await using var backend = await Backend.StartAsync(static http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        await using var server = await StartAsync(backend);
        await ProxyAsync(server, "GET /x", $"http://127.0.0.1:{backend.Port}/", ""","integrationMethod":"ANY","timeoutInMillis":60""");
        var (status, body, _) = await server.GetAsync("/x");
        Assert.Equal((504, Failed), (status, body));
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_is_a_502()
    {
        await using var backend = await Backend.StartAsync(static _ => Task.CompletedTask);
        await using var server = await StartAsync(backend);
        await ProxyAsync(server, "GET /x", $"http://127.0.0.1:{backend.Port}/");
        await backend.StopAsync();
        var (status, body, _) = await server.GetAsync("/x");
        Assert.Equal((502, Failed), (status, body));
    }

    [Fact]
    public async Task An_answer_of_more_than_ten_megabytes_is_a_failure()
    {
        await using var backend = await Backend.StartAsync(static async http =>
        {
            for (var n = 0; n < 11; n++)
                await http.Response.Body.WriteAsync(new byte[1024 * 1024], http.RequestAborted);
        });
        await using var server = await StartAsync(backend);
        await ProxyAsync(server, "GET /x", $"http://127.0.0.1:{backend.Port}/");
        var (status, body, _) = await server.GetAsync("/x");
        Assert.Equal((500, Failed), (status, body));
    }

    [Fact]
    public async Task A_signature_for_the_API_stays_with_it()
    {
        await using var backend = await Backend.StartAsync(static _ => Task.CompletedTask);
        await using var server = await StartAsync(backend);
        await ProxyAsync(server, "GET /x", $"http://127.0.0.1:{backend.Port}/", route: ""","authorizationType":"AWS_IAM" """);
        using var signed = await server.Server.Client.SendAsync("execute-api", HttpMethod.Get, $"/_api/{server.Id}/x");
        Assert.Equal(200, (int)signed.StatusCode);
        Assert.Equal("", (await backend.NextAsync())["Authorization"]);
        Assert.Equal(403, (await server.GetAsync("/x")).Status);
        Assert.True(backend.IsQuiet);
    }

    [Theory]
    [InlineData("ftp://example.com/", "ANY", "1.0", "Invalid HTTP endpoint specified for URI")]
    [InlineData("example.com", "ANY", "1.0", "Invalid HTTP endpoint specified for URI")]
    [InlineData("http://{host}/", "ANY", "1.0", "Invalid HTTP endpoint specified for URI")]
    [InlineData("http://user:secret@example.com/", "ANY", "1.0", "Invalid HTTP endpoint specified for URI")]
    [InlineData("http://example.com/{proxy}", "BREW", "1.0", "Invalid HTTP method specified: BREW")]
    [InlineData("http://example.com/{proxy}", "ANY", "2.0", "HTTP_PROXY integrations only support payload format version 1.0")]
    public async Task An_integration_that_is_none_is_refused(string uri, string method, string version, string message)
    {
        await using var server = await ApiServer.StartAsync(static payload => payload);
        var (status, body) = await server.TryControlAsync("POST", "/integrations",
            $$"""{"integrationType":"HTTP_PROXY","integrationUri":"{{uri}}","integrationMethod":"{{method}}","payloadFormatVersion":"{{version}}"}""");
        Assert.Equal((400, $$"""{"message":"{{message}}"}"""), (status, body));
    }

    static IPAddress Of(string address) => IPAddress.Parse(address);

    /// <summary>An address of this machine that others could reach it by; loopback when it has none.</summary>
    static string Own() => System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(static one => one.GetIPProperties().UnicastAddresses)
        .FirstOrDefault(static own => own.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && !IPAddress.IsLoopback(own.Address))?.Address.ToString() ?? "127.0.0.1";

    static Task<ApiServer> StartAsync(Backend backend) => ApiServer.StartAsync(
        static payload => payload, configure: options => options.HttpApis.ProxyTargets = [$"127.0.0.1:{backend.Port}", $"localhost:{backend.Port}"]);

    /// <summary>A route to an endpoint, deployed.</summary>
    /// <param name="integration">More members of each, beginning with a comma.</param>
    static async Task ProxyAsync(
        ApiServer server, string key, string uri, string integration = ""","integrationMethod":"ANY" """, string stage = "", string route = "")
    {
        var made = await server.ControlAsync("POST", "/integrations", $$"""{"integrationType":"HTTP_PROXY","integrationUri":"{{uri}}","payloadFormatVersion":"1.0"{{integration}}}""");
        await server.RouteAsync(key, made.GetProperty("integrationId").GetString()!, route);
        await server.StageAsync("$default", stage);
    }

    sealed record Seen(string Method, string Target, IHeaderDictionary Headers, byte[] Body)
    {
        public string this[string header] => Headers[header].ToString();
    }

    sealed class Backend : IAsyncDisposable
    {
        readonly System.Threading.Channels.Channel<Seen> _seen = System.Threading.Channels.Channel.CreateUnbounded<Seen>();
        WebApplication _app = null!;

        public int Port { get; private set; }

        public bool IsQuiet => !_seen.Reader.TryPeek(out _);

        public static async Task<Backend> StartAsync(RequestDelegate answer, string address = "127.0.0.1")
        {
            var backend = new Backend();
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls($"http://{address}:0");
            backend._app = builder.Build();
            backend._app.Run(async http =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                var headers = new HeaderDictionary(http.Request.Headers.ToDictionary(static header => header.Key, static header => header.Value, StringComparer.OrdinalIgnoreCase));
                backend._seen.Writer.TryWrite(new Seen(http.Request.Method, http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, headers, body.ToArray()));
                await answer(http);
            });
            await backend._app.StartAsync();
            backend.Port = new Uri(backend._app.Urls.Single().Replace("0.0.0.0", "127.0.0.1")).Port;
            return backend;
        }

        public async Task<Seen> NextAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
            return await _seen.Reader.ReadAsync(limit.Token);
        }

        public Task StopAsync() => _app.StopAsync();

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
