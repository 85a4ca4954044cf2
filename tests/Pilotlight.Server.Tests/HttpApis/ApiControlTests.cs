using System.Text;
using System.Text.Json;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.HttpApis;

/// <summary>What makes APIs.</summary>
public sealed class ApiControlTests
{
    [Fact]
    public async Task A_quick_API_is_whole_and_its_endpoint_leads_here()
    {
        await using var server = await ApiServer.StartAsync(_ => "\"hello\"", $",\"target\":\"{ApiServer.FunctionArn}\",\"routeKey\":\"GET /hi\",\"tags\":{{\"a\":\"b\"}}");
        var api = await server.ControlAsync("GET", "");
        Assert.Equal($"http://{server.Id}.execute-api.localhost:{server.Server.Endpoint.Port}", api.GetProperty("apiEndpoint").GetString());
        Assert.Equal(("pets", "HTTP", "$request.method $request.path"), (api.GetProperty("name").GetString(), api.GetProperty("protocolType").GetString(), api.GetProperty("routeSelectionExpression").GetString()));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", api.GetProperty("createdDate").GetString());
        Assert.Equal("hello", (await server.GetAsync("/hi")).Body);
        Assert.Equal(404, (await server.GetAsync("/ho")).Status);
        var route = (await server.ControlAsync("GET", "/routes")).GetProperty("items")[0];
        Assert.Equal((true, "GET /hi"), (route.GetProperty("apiGatewayManaged").GetBoolean(), route.GetProperty("routeKey").GetString()));
        var stage = (await server.ControlAsync("GET", "/stages")).GetProperty("items")[0];
        Assert.Equal(("$default", true), (stage.GetProperty("stageName").GetString(), stage.GetProperty("autoDeploy").GetBoolean()));
        Assert.Contains(stage.GetProperty("deploymentId").GetString()!, stage.GetProperty("lastDeploymentStatusMessage").GetString());
        await server.ControlAsync("PATCH", "", """{"routeKey":"GET /ho","description":"d"}""");
        Assert.Equal((404, 200), ((await server.GetAsync("/hi")).Status, (await server.GetAsync("/ho")).Status));
    }

    [Theory]
    [InlineData("POST", "/v2/apis", """{"name":"a","protocolType":"WEBSOCKET"}""", 400, "WebSocket APIs are not supported by this platform.")]
    [InlineData("POST", "/v2/apis", """{"name":"a","protocolType":"REST"}""", 400, "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")]
    [InlineData("GET", "/v2/apis/zzzzzzzzzz", null, 404, "Invalid API identifier specified 000000000000:zzzzzzzzzz")]
    [InlineData("GET", "/routes/zzz", null, 404, "Invalid Route identifier specified zzz")]
    [InlineData("POST", "/routes", """{"routeKey":"GET /a"}""", 409, "Route with key GET /a already exists for this API")]
    [InlineData("POST", "/routes", """{"routeKey":"GET a"}""", 400, "The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"")]
    [InlineData("POST", "/routes", """{"routeKey":"GET /{a+}/b"}""", 400, "A greedy variable must be the last part of the path")]
    [InlineData("POST", "/routes", """{"routeKey":"GET /{a}/{a}"}""", 400, "The path variable {a} stands twice in the path")]
    [InlineData("POST", "/routes", """{"routeKey":"GET /x{a}"}""", 400, "Invalid path part x{a}: a variable stands alone between slashes")]
    [InlineData("POST", "/routes", """{"routeKey":"GET /b","target":"integrations/zzz"}""", 404, "Invalid Integration identifier specified zzz")]
    [InlineData("POST", "/routes", """{"routeKey":"GET /b","authorizationType":"JWT","authorizerId":"zzz"}""", 404, "Invalid Authorizer identifier specified zzz")]
    [InlineData("POST", "/integrations", """{"integrationType":"AWS","payloadFormatVersion":"1.0"}""", 400, "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)")]
    [InlineData("POST", "/integrations", """{"integrationType":"AWS_PROXY","integrationUri":"arn:aws:lambda:us-east-1:000000000000:function:one"}""", 400, "PayloadFormatVersion is a required parameter for integration")]
    [InlineData("POST", "/stages", """{"stageName":"dev"}""", 409, "Stage already exists")]
    [InlineData("POST", "/stages", """{"stageName":"v2","deploymentId":"zzz"}""", 404, "Invalid Deployment identifier specified zzz")]
    [InlineData("GET", "/routes?nextToken=%21", null, 400, "Invalid next token")]
    public async Task What_AWS_refuses_is_refused(string method, string path, string? body, int status, string message)
    {
        await using var server = await ApiServer.StartAsync(_ => "1", allow: null);
        await server.RouteAsync("GET /a", await server.IntegrateAsync());
        await server.StageAsync("dev");
        var answer = await server.TryControlAsync(method, path, body);
        Assert.Equal(status, answer.Status);
        Assert.Equal(message, JsonDocument.Parse(answer.Body).RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Updates_merge_maps_and_an_empty_value_takes_an_entry_away()
    {
        await using var server = await ApiServer.StartAsync(_ => "1", allow: null);
        await server.StageAsync("dev", """, "stageVariables":{"a":"1","b":"2"},"description":"d" """);
        await server.ControlAsync("PATCH", "/stages/dev", """{"stageVariables":{"a":"","c":"3"},"description":"","defaultRouteSettings":{"throttlingBurstLimit":5}}""");
        var stage = await server.ControlAsync("GET", "/stages/dev");
        Assert.Equal("""{"b":"2","c":"3"}""", stage.GetProperty("stageVariables").GetRawText());
        Assert.False(stage.TryGetProperty("description", out _));
        Assert.Equal(5, stage.GetProperty("defaultRouteSettings").GetProperty("throttlingBurstLimit").GetInt32());
        var arn = Uri.EscapeDataString($"arn:aws:apigateway:us-east-1::/apis/{server.Id}/stages/dev");
        await server.ControlAsync("POST", $"/v2/tags/{arn}", """{"tags":{"x":"1","y":"2"}}""");
        await server.ControlAsync("DELETE", $"/v2/tags/{arn}?tagKeys=x");
        Assert.Equal("""{"tags":{"y":"2"}}""", (await server.ControlAsync("GET", $"/v2/tags/{arn}")).GetRawText());
    }

    [Fact]
    public async Task Lists_come_in_pages()
    {
        await using var server = await ApiServer.StartAsync(_ => "1", allow: null);
        for (var index = 0; index < 5; index++)
            await server.RouteAsync($"GET /{index}", await server.IntegrateAsync());
        var seen = new HashSet<string>();
        var next = "";
        do
        {
            var page = await server.ControlAsync("GET", $"/routes?maxResults=2{(next.Length > 0 ? $"&nextToken={next}" : "")}");
            foreach (var route in page.GetProperty("items").EnumerateArray())
                Assert.True(seen.Add(route.GetProperty("routeKey").GetString()!));
            next = page.TryGetProperty("nextToken", out var token) ? token.GetString()! : "";
        }
        while (next.Length > 0);
        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public async Task APIs_are_their_accounts_and_regions_alone()
    {
        await using var server = await ApiServer.StartAsync(_ => "1", allow: null);
        var elsewhere = new SignedClient(server.Server.Endpoint, region: "eu-west-1");
        using var get = await elsewhere.SendAsync("apigateway", HttpMethod.Get, $"/v2/apis/{server.Id}");
        Assert.Equal(404, (int)get.StatusCode);
        using var delete = await elsewhere.SendAsync("apigateway", HttpMethod.Delete, $"/v2/apis/{server.Id}");
        Assert.Equal(404, (int)delete.StatusCode);
        using var list = await elsewhere.SendAsync("apigateway", HttpMethod.Get, "/v2/apis");
        Assert.Equal("""{"items":[]}""", await list.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task APIs_are_there_after_a_restart_and_gone_after_a_reset()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
            string id;
            await using (var first = await PilotlightServer.StartAsync(driver, dataFolder: folder))
            {
                await EnvironmentLifecycleTests.CreateAsync(first, "one");
                using var made = await first.Client.SendAsync("apigateway", HttpMethod.Post, "/v2/apis", Encoding.UTF8.GetBytes(
                    $$"""{"name":"a","protocolType":"HTTP","target":"{{ApiServer.FunctionArn}}","corsConfiguration":{"allowOrigins":["*"]} }"""));
                id = JsonDocument.Parse(await made.Content.ReadAsStringAsync()).RootElement.GetProperty("apiId").GetString()!;
            }

            await using var second = await PilotlightServer.StartAsync(driver, dataFolder: folder);
            using var http = new HttpClient();
            using var preflight = await http.SendAsync(new HttpRequestMessage(HttpMethod.Options, new Uri(second.Endpoint, $"/_api/{id}/")));
            Assert.Equal(204, (int)preflight.StatusCode);
            using var reset = await http.PostAsync(new Uri(second.Endpoint, "/_pilotlight/reset"), null);
            Assert.True(reset.IsSuccessStatusCode);
            using var gone = await second.Client.SendAsync("apigateway", HttpMethod.Get, $"/v2/apis/{id}");
            Assert.Equal(404, (int)gone.StatusCode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
