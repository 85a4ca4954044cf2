using System.Text;
using System.Text.Json;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.HttpApis;

/// <summary>A function behind an HTTP API, called as a browser would: by the API's host name, over real HTTP.</summary>
sealed class ApiServer : IAsyncDisposable
{
    public const string FunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:one";

    static readonly HttpClient s_http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    ApiServer(PilotlightServer server, string id, string host) => (Server, Id, Host) = (server, id, host);

    public PilotlightServer Server { get; }

    public string Id { get; }

    public string Host { get; }

    /// <summary>The function answers every event with what <paramref name="handle"/> makes of it, and lets API Gateway in.</summary>
    /// <param name="create">Further members of CreateApi.</param>
    public static Task<ApiServer> StartAsync(Func<string, string> handle, string create = "", string? allow = "*", Action<PlatformOptions>? configure = null) =>
        StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => handle(payload))), create, allow, configure: configure);

    public static async Task<ApiServer> StartAsync(FakeSandboxDriver driver, string create = "", string? allow = "*", int timeoutSeconds = 30, Action<PlatformOptions>? configure = null)
    {
        var server = await PilotlightServer.StartAsync(driver, configure: configure);
        await EnvironmentLifecycleTests.CreateAsync(server, "one", timeoutSeconds);
        using var made = await server.Client.SendAsync(
            "apigateway", HttpMethod.Post, "/v2/apis", Encoding.UTF8.GetBytes($$"""{"name":"pets","protocolType":"HTTP"{{create}}}"""));
        var text = await made.Content.ReadAsStringAsync();
        Assert.True((int)made.StatusCode == 201, text);
        using var json = JsonDocument.Parse(text);
        var endpoint = new Uri(json.RootElement.GetProperty("apiEndpoint").GetString()!);
        var started = new ApiServer(server, json.RootElement.GetProperty("apiId").GetString()!, endpoint.Authority);
        if (allow is not null)
            await started.AllowAsync(allow);
        return started;
    }

    public async Task AllowAsync(string routes, string statement = "api")
    {
        using var added = await Server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/one/policy", $$"""
            {"StatementId":"{{statement}}","Action":"lambda:InvokeFunction","Principal":"apigateway.amazonaws.com",
             "SourceArn":"arn:aws:execute-api:us-east-1:000000000000:{{Id}}/{{routes}}"}
            """);
        Assert.Equal(201, (int)added.StatusCode);
    }

    /// <summary>A call of the control plane that succeeds.</summary>
    public async Task<JsonElement> ControlAsync(string method, string path, string? json = null)
    {
        var (status, body) = await TryControlAsync(method, path, json);
        Assert.True(status is >= 200 and < 300, $"{status} {body}");
        return body.Length == 0 ? default : JsonDocument.Parse(body).RootElement;
    }

    /// <param name="path">Behind the API.</param>
    public async Task<(int Status, string Body)> TryControlAsync(string method, string path, string? json = null)
    {
        using var answer = await Server.Client.SendAsync(
            "apigateway", new HttpMethod(method), path.StartsWith("/v2", StringComparison.Ordinal) ? path : $"/v2/apis/{Id}{path}",
            json is null ? null : Encoding.UTF8.GetBytes(json));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<string> IntegrateAsync(string more = "") => (await ControlAsync("POST", "/integrations",
        $$"""{"integrationType":"AWS_PROXY","integrationUri":"{{FunctionArn}}","payloadFormatVersion":"2.0"{{more}}}""")).GetProperty("integrationId").GetString()!;

    public Task<JsonElement> RouteAsync(string key, string integration, string more = "") =>
        ControlAsync("POST", "/routes", $$"""{"routeKey":"{{key}}","target":"integrations/{{integration}}"{{more}}}""");

    public Task<JsonElement> StageAsync(string name = "$default", string more = "") =>
        ControlAsync("POST", "/stages", $$"""{"stageName":"{{name}}","autoDeploy":true{{more}}}""");

    public Task<HttpResponseMessage> SendAsync(
        string method, string pathAndQuery = "/", byte[]? body = null, string? host = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Server.Endpoint.GetLeftPart(UriPartial.Authority) + pathAndQuery,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Host = host ?? Host;
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

    /// <summary>What the function saw: it answers with the event itself.</summary>
    public async Task<JsonElement> EventAsync(string method, string pathAndQuery = "/", string? body = null, params (string Name, string Value)[] headers)
    {
        using var answer = await SendAsync(method, pathAndQuery, body is null ? null : Encoding.UTF8.GetBytes(body), null, headers);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == 200, $"{(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
