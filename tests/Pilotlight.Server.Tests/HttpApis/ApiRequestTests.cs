using System.Net;
using System.Text;
using System.Text.Json;
using Pilotlight.Testing;
using Pilotlight.Tests.Targets;

namespace Pilotlight.Tests.HttpApis;

/// <summary>From an HTTP request to an API to the event, and from the answer back.</summary>
public sealed class ApiRequestTests
{
    const string Target = $",\"target\":\"{ApiServer.FunctionArn}\"";

    [Fact]
    public async Task The_event_is_of_payload_format_2()
    {
        await using var server = await ApiServer.StartAsync(payload => payload);
        var integration = await server.IntegrateAsync();
        await server.RouteAsync("POST /pets/{id}", integration);
        await server.StageAsync("dev", """, "stageVariables":{"color":"red"} """);
        var seen = await server.EventAsync(
            "POST", "/dev/pets/a%20b?a=1&b=x%20y+z&a=2&c", "{\"n\":\"é\"}",
            ("Content-Type", "application/json"), ("X-Two", "1"), ("X-Two", "2"), ("Cookie", "c1=v; c2=w"), ("User-Agent", "tester/1"), ("Authorization", "Bearer x"));
        Assert.Equal(
            ["version", "routeKey", "rawPath", "rawQueryString", "cookies", "headers", "queryStringParameters", "requestContext", "pathParameters", "body",
             "isBase64Encoded", "stageVariables"],
            seen.EnumerateObject().Select(member => member.Name));
        EventShape.Same($$"""
            {"version":"2.0","routeKey":"POST /pets/{id}","rawPath":"/dev/pets/a b","rawQueryString":"a=1&b=x%20y+z&a=2&c","cookies":["c1=v","c2=w"],
            "headers":{"authorization":"Bearer x","content-length":"10","content-type":"application/json","host":"{{server.Host}}","user-agent":"tester/1","x-amzn-trace-id":"<trace>","x-forwarded-for":"127.0.0.1","x-forwarded-port":"<digits>","x-forwarded-proto":"http","x-two":"<text>"},
            "queryStringParameters":{"a":"1,2","b":"x y z","c":""},
            "requestContext":{"accountId":"000000000000","apiId":"{{server.Id}}","domainName":"{{server.Id}}.execute-api.localhost","domainPrefix":"{{server.Id}}",
            "http":{"method":"POST","path":"/dev/pets/a b","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"tester/1"},"requestId":"<text>","routeKey":"POST /pets/{id}","stage":"dev","time":"<log time>","timeEpoch":"<int>"},
            "pathParameters":{"id":"a b"},"body":"{\"n\":\"é\"}","isBase64Encoded":false,"stageVariables":{"color":"red"} }
            """, seen.GetRawText());
        Assert.Equal(("2.0", "POST /pets/{id}"), (seen.GetProperty("version").GetString(), seen.GetProperty("routeKey").GetString()));
        Assert.Equal("/dev/pets/a b", seen.GetProperty("rawPath").GetString());
        Assert.Equal("a=1&b=x%20y+z&a=2&c", seen.GetProperty("rawQueryString").GetString());
        Assert.Equal("""{"a":"1,2","b":"x y z","c":""}""", seen.GetProperty("queryStringParameters").GetRawText());
        Assert.Equal("""["c1=v","c2=w"]""", seen.GetProperty("cookies").GetRawText());
        Assert.Equal("""{"id":"a b"}""", seen.GetProperty("pathParameters").GetRawText());
        Assert.Equal("""{"color":"red"}""", seen.GetProperty("stageVariables").GetRawText());
        Assert.Equal(("{\"n\":\"é\"}", false), (seen.GetProperty("body").GetString(), seen.GetProperty("isBase64Encoded").GetBoolean()));
        Assert.Equal("Bearer x", seen.GetProperty("headers").GetProperty("authorization").GetString());
        var context = seen.GetProperty("requestContext");
        Assert.Equal(("000000000000", server.Id, server.Id), (context.GetProperty("accountId").GetString(), context.GetProperty("apiId").GetString(), context.GetProperty("domainPrefix").GetString()));
        Assert.Equal($"{server.Id}.execute-api.localhost", context.GetProperty("domainName").GetString());
        Assert.Equal(
            """{"method":"POST","path":"/dev/pets/a b","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"tester/1"}""",
            context.GetProperty("http").GetRawText());
        Assert.Equal(("POST /pets/{id}", "dev"), (context.GetProperty("routeKey").GetString(), context.GetProperty("stage").GetString()));
        Assert.Equal(16, context.GetProperty("requestId").GetString()!.Length);
        Assert.False(context.TryGetProperty("authorizer", out _));
    }

    [Fact]
    public async Task The_event_is_of_payload_format_1()
    {
        await using var server = await ApiServer.StartAsync(payload => JsonSerializer.Serialize(new { statusCode = 200, body = payload }));
        var integration = await server.IntegrateAsync(""", "payloadFormatVersion":"1.0" """);
        await server.RouteAsync("ANY /pets/{proxy+}", integration);
        await server.StageAsync("dev");
        var seen = await server.EventAsync("GET", "/dev/pets/a/b%2B?q=1&q=2", null, ("X-Two", "1"), ("Cookie", "c=1"), ("User-Agent", "tester/1"));
        Assert.Equal(
            ["version", "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters",
             "requestContext", "pathParameters", "stageVariables", "body", "isBase64Encoded"],
            seen.EnumerateObject().Select(member => member.Name));
        EventShape.Same($$"""
            {"version":"1.0","resource":"/pets/{proxy+}","path":"/dev/pets/a/b+","httpMethod":"GET",
            "headers":{"Content-Length":"0","Cookie":"c=1","Host":"{{server.Host}}","User-Agent":"tester/1","X-Amzn-Trace-Id":"<trace>","X-Forwarded-For":"127.0.0.1","X-Forwarded-Port":"<digits>","X-Forwarded-Proto":"http","X-Two":"1"},
            "multiValueHeaders":{"Content-Length":["0"],"Cookie":["c=1"],"Host":["{{server.Host}}"],"User-Agent":["tester/1"],"X-Amzn-Trace-Id":["<trace>"],"X-Forwarded-For":["127.0.0.1"],"X-Forwarded-Port":["<digits>"],"X-Forwarded-Proto":["http"],"X-Two":["1"]},
            "queryStringParameters":{"q":"2"},"multiValueQueryStringParameters":{"q":["1","2"]},
            "requestContext":{"accountId":"000000000000","apiId":"{{server.Id}}","domainName":"{{server.Id}}.execute-api.localhost","domainPrefix":"{{server.Id}}","extendedRequestId":"<text>","httpMethod":"GET",
            "identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAmr":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"127.0.0.1","user":null,"userAgent":"tester/1","userArn":null},
            "path":"/dev/pets/a/b+","protocol":"HTTP/1.1","requestId":"<text>","requestTime":"<log time>","requestTimeEpoch":"<int>","resourceId":"ANY /pets/{proxy+}","resourcePath":"/pets/{proxy+}","stage":"dev"},
            "pathParameters":{"proxy":"a/b+"},"stageVariables":null,"body":null,"isBase64Encoded":false}
            """, seen.GetRawText());
        Assert.Equal(("1.0", "/pets/{proxy+}", "/dev/pets/a/b+", "GET"), (seen.GetProperty("version").GetString(), seen.GetProperty("resource").GetString(),
            seen.GetProperty("path").GetString(), seen.GetProperty("httpMethod").GetString()));
        Assert.Equal("""{"q":"2"}""", seen.GetProperty("queryStringParameters").GetRawText());
        Assert.Equal("""{"q":["1","2"]}""", seen.GetProperty("multiValueQueryStringParameters").GetRawText());
        Assert.Equal("""{"proxy":"a/b+"}""", seen.GetProperty("pathParameters").GetRawText());
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("stageVariables").ValueKind);
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("body").ValueKind);
        Assert.Equal(("0", "c=1", "1"), (seen.GetProperty("headers").GetProperty("Content-Length").GetString(),
            seen.GetProperty("headers").GetProperty("Cookie").GetString(), seen.GetProperty("multiValueHeaders").GetProperty("X-Two")[0].GetString()));
        var context = seen.GetProperty("requestContext");
        Assert.Equal(
            ["accountId", "apiId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod", "identity", "path", "protocol", "requestId", "requestTime",
             "requestTimeEpoch", "resourceId", "resourcePath", "stage"],
            context.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("ANY /pets/{proxy+}", "/pets/{proxy+}", "/dev/pets/a/b+"), (context.GetProperty("resourceId").GetString(),
            context.GetProperty("resourcePath").GetString(), context.GetProperty("path").GetString()));
        Assert.Equal(
            ["accessKey", "accountId", "caller", "cognitoAmr", "cognitoAuthenticationProvider", "cognitoAuthenticationType", "cognitoIdentityId",
             "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "user", "userAgent", "userArn"],
            context.GetProperty("identity").EnumerateObject().Select(member => member.Name));
    }

    [Theory]
    [InlineData("""{"statusCode":201,"headers":{"X-A":"1"},"body":"hi"}""", 201, "hi", "text/plain;charset=UTF-8")]
    [InlineData("""{"statusCode":200,"headers":{"content-type":"text/html"},"body":"<p>"}""", 200, "<p>", "text/html")]
    [InlineData("""{"statusCode":"200","body":"aGk=","isBase64Encoded":true}""", 200, "hi", "text/plain;charset=UTF-8")]
    [InlineData("""{"a":1}""", 200, """{"a":1}""", "application/json")]
    [InlineData("\"text\"", 200, "text", "application/json")]
    [InlineData("[1]", 200, "[1]", "application/json")]
    [InlineData("null", 200, "null", "application/json")]
    [InlineData("""{"statusCode":"x"}""", 500, """{"message":"Internal Server Error"}""", "application/json")]
    [InlineData("""{"statusCode":200,"body":{}}""", 500, """{"message":"Internal Server Error"}""", "application/json")]
    [InlineData("""{"statusCode":200,"headers":[]}""", 500, """{"message":"Internal Server Error"}""", "application/json")]
    [InlineData("""{"statusCode":200,"headers":{"a b":"1"}}""", 500, """{"message":"Internal Server Error"}""", "application/json")]
    [InlineData("""{"statusCode":200,"body":"%","isBase64Encoded":true}""", 500, """{"message":"Internal Server Error"}""", "application/json")]
    [InlineData("no json", 500, """{"message":"Internal Server Error"}""", "application/json")]
    public async Task Answers_are_read_as_format_2(string answer, int status, string body, string contentType)
    {
        await using var server = await ApiServer.StartAsync(_ => answer, Target);
        var seen = await server.GetAsync();
        Assert.Equal((status, body, contentType), (seen.Status, seen.Body, seen.Answer.Content.Headers.NonValidated["Content-Type"].ToString().Replace(" ", "")));
        Assert.True(seen.Answer.Headers.Contains("Apigw-Requestid"));
    }

    [Theory]
    [InlineData("""{"statusCode":200,"multiValueHeaders":{"set-cookie":["a=1","b=2"]},"body":"hi"}""", 200, "hi")]
    [InlineData("""{"a":1}""", 500, """{"message":"Internal Server Error"}""")]
    [InlineData("\"text\"", 500, """{"message":"Internal Server Error"}""")]
    public async Task Answers_of_format_1_need_a_status(string answer, int status, string body)
    {
        await using var server = await ApiServer.StartAsync(_ => answer);
        await server.RouteAsync("$default", await server.IntegrateAsync(""", "payloadFormatVersion":"1.0" """));
        await server.StageAsync();
        var seen = await server.GetAsync();
        Assert.Equal((status, body), (seen.Status, seen.Body));
    }

    [Fact]
    public async Task Cookies_of_format_2_are_set_one_by_one()
    {
        await using var server = await ApiServer.StartAsync(_ => """{"statusCode":200,"cookies":["a=1; Secure","b=2"]}""", Target);
        var seen = await server.GetAsync();
        Assert.Equal(["a=1; Secure", "b=2"], seen.Answer.Headers.GetValues("Set-Cookie"));
    }

    [Theory]
    [InlineData("{id}.execute-api.us-east-1.amazonaws.com", "/", 200)]
    [InlineData("{id}.execute-api.localhost", "/", 200)]
    [InlineData("{ID}.Execute-Api.whatever.example:1", "/", 200)]
    [InlineData("{id}.execute-api.eu-west-1.amazonaws.com", "/", 404)]
    [InlineData("aaaaaaaaaa.execute-api.localhost", "/", 404)]
    [InlineData("----------.execute-api.localhost", "/", 404)]
    [InlineData("localhost", "/_api/{id}", 200)]
    [InlineData("localhost", "/_api/{id}/a/b?c=d", 200)]
    [InlineData("localhost", "/_api/aaaaaaaaaa/a", 404)]
    public async Task It_is_found_by_host_name_and_by_path(string host, string path, int status)
    {
        await using var server = await ApiServer.StartAsync(_ => "1", Target);
        using var answer = await server.SendAsync("GET", path.Replace("{id}", server.Id), host: host.Replace("{id}", server.Id).Replace("{ID}", server.Id.ToUpperInvariant()));
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 404)
            Assert.Equal("""{"message":"Not Found"}""", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(null, 500)]
    [InlineData("*/*", 200)]
    [InlineData("*/GET/pets/{id}", 200)]
    [InlineData("*/*/pets/{id}", 200)]
    [InlineData("$default/GET/pets/{id}", 200)]
    [InlineData("dev/GET/pets/{id}", 500)]
    [InlineData("*/POST/pets/{id}", 500)]
    public async Task The_functions_policy_must_let_the_route_in(string? allowed, int status)
    {
        await using var server = await ApiServer.StartAsync(_ => "1", allow: allowed);
        await server.RouteAsync("GET /pets/{id}", await server.IntegrateAsync());
        await server.StageAsync();
        var seen = await server.GetAsync("/pets/1");
        Assert.Equal((status, status == 200 ? "1" : """{"message":"Internal Server Error"}"""), (seen.Status, seen.Body));
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        await using var server = await ApiServer.StartAsync(_ => "1", Target);
        using var fits = await server.SendAsync("POST", body: new byte[1024]);
        using var beyondFunctions = await server.SendAsync("POST", body: new byte[7 * 1024 * 1024]);
        using var beyond = await server.SendAsync("POST", body: new byte[10 * 1024 * 1024 + 1]);
        Assert.Equal((200, 413, 413), ((int)fits.StatusCode, (int)beyondFunctions.StatusCode, (int)beyond.StatusCode));
        Assert.Equal("""{"message":"Request Entity Too Large"}""", await beyond.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_function_that_fails_or_takes_too_long_is_no_more_told_than_that()
    {
        var gate = new TaskCompletionSource();
        var driver = new FakeSandboxDriver(async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                await gate.Task;
                await process.RespondAsync(next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single(), "1");
            }
        });
        await using var server = await ApiServer.StartAsync(driver);
        var integration = await server.IntegrateAsync(""", "timeoutInMillis":50 """);
        await server.RouteAsync("$default", integration);
        await server.StageAsync();
        var late = await server.GetAsync();
        Assert.Equal((503, """{"message":"Service Unavailable"}"""), (late.Status, late.Body));
        gate.SetResult();
        await server.ControlAsync("PATCH", $"/integrations/{integration}", """{"timeoutInMillis":30000}""");
        Assert.Equal(200, (await server.GetAsync()).Status);
        using var gone = await server.Server.Client.LambdaAsync(HttpMethod.Delete, "/2015-03-31/functions/one");
        Assert.Equal((500, """{"message":"Internal Server Error"}"""), ((await server.GetAsync()) is var after ? after.Status : 0, after.Body));
    }

    [Fact]
    public async Task A_function_whose_role_is_gone_is_an_error_in_the_APIs_words()
    {
        await using var server = await ApiServer.StartAsync(_ => "1", Target);
        using var trust = await server.Server.Client.SendAsync("iam", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(
            "Action=UpdateAssumeRolePolicy&Version=2010-05-08&RoleName=r&PolicyDocument=" + Uri.EscapeDataString(
                """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}""")),
            ("Content-Type", "application/x-www-form-urlencoded"));
        Assert.Equal(200, (int)trust.StatusCode);
        var seen = await server.GetAsync();
        Assert.Equal((500, """{"message":"Internal Server Error"}"""), (seen.Status, seen.Body));
    }

    [Fact]
    public async Task Preflights_are_answered_and_headers_of_the_backend_give_way()
    {
        await using var server = await ApiServer.StartAsync(
            _ => """{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://theirs.example"},"body":"1"}""",
            Target + ""","corsConfiguration":{"allowOrigins":["https://ours.example"],"allowMethods":["GET","POST"],"allowHeaders":["x-a"],"maxAge":60,"allowCredentials":true,"exposeHeaders":["x-b"]}""");
        using var preflight = await server.SendAsync("OPTIONS", "/any", headers: [("Origin", "https://ours.example"), ("Access-Control-Request-Method", "POST")]);
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal("https://ours.example", preflight.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal(("GET,POST", "x-a", "60", "true"), (One("Access-Control-Allow-Methods"), One("Access-Control-Allow-Headers"), One("Access-Control-Max-Age"), One("Access-Control-Allow-Credentials")));
        using var stranger = await server.SendAsync("OPTIONS", "/any", headers: [("Origin", "https://other.example"), ("Access-Control-Request-Method", "POST")]);
        Assert.Equal((HttpStatusCode.NoContent, false), (stranger.StatusCode, stranger.Headers.Contains("Access-Control-Allow-Origin")));
        var ours = await server.GetAsync("/", ("Origin", "https://ours.example"));
        Assert.Equal(("https://ours.example", "x-b"), (ours.Answer.Headers.GetValues("Access-Control-Allow-Origin").Single(), ours.Answer.Headers.GetValues("Access-Control-Expose-Headers").Single()));
        Assert.False((await server.GetAsync("/", ("Origin", "https://theirs.example"))).Answer.Headers.Contains("Access-Control-Allow-Origin"));
        await server.ControlAsync("DELETE", "/cors");
        Assert.Equal("https://theirs.example", (await server.GetAsync()).Answer.Headers.GetValues("Access-Control-Allow-Origin").Single());

        string One(string name) => preflight.Headers.GetValues(name).Single();
    }

    [Fact]
    public async Task A_stage_serves_its_deployment_until_it_is_given_another()
    {
        await using var server = await ApiServer.StartAsync(_ => "1");
        await server.RouteAsync("GET /a", await server.IntegrateAsync());
        var first = (await server.ControlAsync("POST", "/deployments", "{}")).GetProperty("deploymentId").GetString();
        await server.ControlAsync("POST", "/stages", $$"""{"stageName":"v1","deploymentId":"{{first}}"}""");
        Assert.Equal(200, (await server.GetAsync("/v1/a")).Status);
        await server.RouteAsync("GET /b", await server.IntegrateAsync());
        Assert.Equal(404, (await server.GetAsync("/v1/b")).Status);
        await server.ControlAsync("POST", "/deployments", """{"stageName":"v1"}""");
        Assert.Equal(200, (await server.GetAsync("/v1/b")).Status);
        Assert.Equal(404, (await server.GetAsync("/b")).Status);
        Assert.Equal(400, (await server.TryControlAsync("DELETE", $"/deployments/{(await server.ControlAsync("GET", "/stages/v1")).GetProperty("deploymentId").GetString()}")).Status);
        await server.ControlAsync("DELETE", $"/deployments/{first}");
    }

    [Fact]
    public async Task Any_bytes_get_an_answer()
    {
        await using var server = await ApiServer.StartAsync(payload => payload);
        var integration = await server.IntegrateAsync();
        await server.RouteAsync("GET /{a}/{b}", integration);
        await server.RouteAsync("ANY /{proxy+}", integration);
        await server.StageAsync();
        await server.StageAsync("dev");
        var random = new Random(4);
        for (var round = 0; round < 300; round++)
        {
            var path = "/" + string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => "abdev/.%%2F%zz%00%ff?&=+;~é"[random.Next(27)]));
            using var answer = await server.SendAsync(random.Next(2) == 0 ? "GET" : "POST", Uri.EscapeDataString(path).Replace("%2F", "/").Replace("%25", "%").Replace("%3F", "?"));
            Assert.True((int)answer.StatusCode is 200 or 400 or 404, $"{path} {(int)answer.StatusCode}");
        }
    }
}
