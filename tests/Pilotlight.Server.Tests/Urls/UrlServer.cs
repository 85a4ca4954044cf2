using System.Text;
using System.Text.Json;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Urls;

/// <summary>A function with a URL, called as a browser would: by its host name, over real HTTP.</summary>
sealed class UrlServer : IAsyncDisposable
{
    static readonly HttpClient s_http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    UrlServer(PilotlightServer server, FakeSandboxDriver driver, Uri url) => (Server, Driver, Url) = (server, driver, url);

    public PilotlightServer Server { get; }

    public FakeSandboxDriver Driver { get; }

    public Uri Url { get; }

    public string Id => Url.Host.Split('.')[0];

    /// <summary>The function answers every event with what <paramref name="handle"/> makes of it.</summary>
    public static Task<UrlServer> StartAsync(Func<string, string> handle, string config = """{"AuthType":"NONE"}""", bool isPublic = true) =>
        StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => handle(payload))), config, isPublic);

    public static async Task<UrlServer> StartAsync(FakeSandboxDriver driver, string config = """{"AuthType":"NONE"}""", bool isPublic = true)
    {
        var server = await PilotlightServer.StartAsync(driver);
        await EnvironmentLifecycleTests.CreateAsync(server, "one");
        using var created = await server.Client.LambdaAsync(HttpMethod.Post, "/2021-10-31/functions/one/url", config);
        using var json = JsonDocument.Parse(await created.Content.ReadAsStringAsync());
        var started = new UrlServer(server, driver, new Uri(json.RootElement.GetProperty("FunctionUrl").GetString()!));
        if (isPublic)
        {
            await started.AllowAsync("""{"StatementId":"url","Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE"}""");
            await started.AllowAsync("""{"StatementId":"fn","Action":"lambda:InvokeFunction","Principal":"*","InvokedViaFunctionUrl":true}""");
        }

        return started;
    }

    public async Task AllowAsync(string statement, string function = "one")
    {
        using var added = await Server.Client.LambdaAsync(HttpMethod.Post, $"/2015-03-31/functions/{function}/policy", statement);
        Assert.Equal(201, (int)added.StatusCode);
    }

    public Task<HttpResponseMessage> SendAsync(
        string method, string pathAndQuery = "/", byte[]? body = null, string? host = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Server.Endpoint, pathAndQuery));
        request.Headers.Host = host ?? Url.Authority;
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                (request.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
        }

        return s_http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public async Task<(int Status, string Body, HttpResponseMessage Answer)> GetAsync(string pathAndQuery = "/", params (string Name, string Value)[] headers)
    {
        var answer = await SendAsync("GET", pathAndQuery, headers: headers);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer);
    }

    public async Task<JsonElement> EventAsync(string method, string pathAndQuery = "/", string? body = null, params (string Name, string Value)[] headers)
    {
        using var answer = await SendAsync(method, pathAndQuery, body is null ? null : Encoding.Latin1.GetBytes(body), null, headers);
        Assert.Equal(200, (int)answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
