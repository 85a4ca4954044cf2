using System.Net;
using System.Text;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;
using Pilotlight.Tests.Targets;

namespace Pilotlight.Tests.Urls;

/// <summary>From an HTTP request to the event, and who may send one.</summary>
public sealed class UrlRequestTests
{
    [Fact]
    public async Task The_event_is_of_payload_format_2()
    {
        await using var server = await UrlServer.StartAsync(payload => payload);
        var seen = await server.EventAsync(
            "POST", "/p%20ath/1?a=1&b=x%20y+z&a=2&c", "{\"n\":\"é\"}",
            ("Content-Type", "application/json"), ("X-Two", "1"), ("X-Two", "2"), ("Cookie", "c1=v; c2=w"), ("User-Agent", "tester/1"));
        EventShape.Same($$"""
            {"version":"2.0","routeKey":"$default","rawPath":"/p%20ath/1","rawQueryString":"a=1&b=x%20y+z&a=2&c","cookies":["c1=v","c2=w"],
            "headers":{"content-length":"9","content-type":"application/json","host":"{{server.Url.Authority}}","user-agent":"tester/1","x-amzn-trace-id":"<trace>","x-forwarded-for":"127.0.0.1","x-forwarded-port":"{{server.Url.Port}}","x-forwarded-proto":"http","x-two":"<text>"},
            "queryStringParameters":{"a":"1,2","b":"x y z","c":""},
            "requestContext":{"accountId":"anonymous","apiId":"{{server.Id}}","domainName":"{{server.Id}}.lambda-url.us-east-1.localhost","domainPrefix":"{{server.Id}}",
            "http":{"method":"POST","path":"/p%20ath/1","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"tester/1"},"requestId":"<uuid>","routeKey":"$default","stage":"$default","time":"<log time>","timeEpoch":"<int>"},
            "body":"<base64>","isBase64Encoded":true}
            """, seen.GetRawText());
        Assert.Equal("2.0", seen.GetProperty("version").GetString());
        Assert.Equal("$default", seen.GetProperty("routeKey").GetString());
        Assert.Equal("/p%20ath/1", seen.GetProperty("rawPath").GetString());
        Assert.Equal("a=1&b=x%20y+z&a=2&c", seen.GetProperty("rawQueryString").GetString());
        Assert.Equal("""{"a":"1,2","b":"x y z","c":""}""", seen.GetProperty("queryStringParameters").GetRawText());
        Assert.Equal("""["c1=v","c2=w"]""", seen.GetProperty("cookies").GetRawText());
        var headers = seen.GetProperty("headers");
        Assert.Equal("1,2", headers.GetProperty("x-two").GetString()!.Replace(" ", ""));
        Assert.Equal(server.Url.Authority, headers.GetProperty("host").GetString());
        Assert.False(headers.TryGetProperty("cookie", out _));
        Assert.Equal(("127.0.0.1", "http"), (headers.GetProperty("x-forwarded-for").GetString(), headers.GetProperty("x-forwarded-proto").GetString()));
        Assert.Equal(server.Url.Port.ToString(), headers.GetProperty("x-forwarded-port").GetString());
        Assert.StartsWith("Root=1-", headers.GetProperty("x-amzn-trace-id").GetString());
        var context = seen.GetProperty("requestContext");
        Assert.Equal("anonymous", context.GetProperty("accountId").GetString());
        Assert.Equal((server.Id, server.Id), (context.GetProperty("apiId").GetString(), context.GetProperty("domainPrefix").GetString()));
        Assert.Equal($"{server.Id}.lambda-url.us-east-1.localhost", context.GetProperty("domainName").GetString());
        Assert.Equal(
            """{"method":"POST","path":"/p%20ath/1","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"tester/1"}""",
            context.GetProperty("http").GetRawText());
        Assert.Matches(@"^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000$", context.GetProperty("time").GetString());
        Assert.Equal(("$default", "$default"), (context.GetProperty("routeKey").GetString(), context.GetProperty("stage").GetString()));
        Assert.False(context.TryGetProperty("authorizer", out _));
    }

    [Fact]
    public async Task A_request_with_nothing_has_neither_query_nor_cookies_nor_body()
    {
        await using var server = await UrlServer.StartAsync(payload => payload);
        var seen = await server.EventAsync("GET");
        Assert.Equal("/", seen.GetProperty("rawPath").GetString());
        Assert.Equal("", seen.GetProperty("rawQueryString").GetString());
        Assert.False(seen.TryGetProperty("queryStringParameters", out _) || seen.TryGetProperty("cookies", out _) || seen.TryGetProperty("body", out _));
        Assert.False(seen.GetProperty("isBase64Encoded").GetBoolean());
    }

    [Theory]
    [InlineData("text/plain; charset=utf-8", "hello", false)]
    [InlineData("application/json", "{}", false)]
    [InlineData("application/problem+json", "{}", false)]
    [InlineData("image/svg+xml", "<svg/>", false)]
    [InlineData("application/javascript", "1", false)]
    [InlineData("application/octet-stream", "hello", true)]
    [InlineData("application/x-www-form-urlencoded", "a=b", true)]
    [InlineData("multipart/form-data; boundary=x", "--x--", true)]
    [InlineData("text/plain", "\u00ff\u00fe", true)]
    [InlineData("", "hello", true)]
    public async Task A_body_is_text_or_base64_by_its_content_type(string contentType, string body, bool isBase64)
    {
        await using var server = await UrlServer.StartAsync(payload => payload);
        var seen = await server.EventAsync("POST", "/", body, contentType.Length > 0 ? [("Content-Type", contentType)] : []);
        Assert.Equal(isBase64, seen.GetProperty("isBase64Encoded").GetBoolean());
        Assert.Equal(isBase64 ? Convert.ToBase64String(Encoding.Latin1.GetBytes(body)) : body, seen.GetProperty("body").GetString());
    }

    [Theory]
    [InlineData("{id}.lambda-url.us-east-1.on.aws", 200)]
    [InlineData("{id}.lambda-url.us-east-1.localhost:4566", 200)]
    [InlineData("{ID}.LAMBDA-URL.us-east-1.whatever.example", 200)]
    [InlineData("{id}.lambda-url.eu-west-1.on.aws", 403)]
    [InlineData("{id}.lambda-url.", 403)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.lambda-url.us-east-1.on.aws", 403)]
    [InlineData("------------------------------ab.lambda-url.us-east-1.on.aws", 403)]
    public async Task Any_domain_leads_to_it_but_only_its_own_id_and_region(string host, int status)
    {
        await using var server = await UrlServer.StartAsync(_ => "1");
        using var answer = await server.SendAsync("GET", "/2015-03-31/functions", null, host.Replace("{id}", server.Id).Replace("{ID}", server.Id.ToUpperInvariant()));
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 403)
            Assert.Equal("""{"Message":null}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/_url/{id}", "/")]
    [InlineData("/_url/{id}/", "/")]
    [InlineData("/_url/{id}/a/b%2Fc?d=e", "/a/b%2Fc")]
    [InlineData("/_url/{id}?d=e", "/")]
    public async Task Clients_that_cannot_resolve_its_name_use_its_path(string path, string rawPath)
    {
        await using var server = await UrlServer.StartAsync(payload => payload);
        using var answer = await server.SendAsync("GET", path.Replace("{id}", server.Id), null, server.Server.Endpoint.Authority);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains($"\"rawPath\":\"{rawPath}\"", text);
        Assert.Contains($"\"domainName\":\"{server.Id}.lambda-url.us-east-1.localhost\"", text);
        using var unknown = await server.SendAsync("GET", "/_url/nobody/x", null, server.Server.Endpoint.Authority);
        Assert.Equal(HttpStatusCode.Forbidden, unknown.StatusCode);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_public_URL_needs_both_permissions(bool invokeUrl, bool invokeFunction)
    {
        await using var server = await UrlServer.StartAsync(_ => "1", isPublic: false);
        if (invokeUrl)
            await server.AllowAsync("""{"StatementId":"url","Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE"}""");
        if (invokeFunction)
            await server.AllowAsync("""{"StatementId":"fn","Action":"lambda:InvokeFunction","Principal":"*","InvokedViaFunctionUrl":true}""");
        await AssertForbidden(server);
    }

    [Fact]
    public async Task A_permission_for_somebody_else_lets_nobody_in()
    {
        await using var server = await UrlServer.StartAsync(_ => "1", isPublic: false);
        await server.AllowAsync("""{"StatementId":"url","Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"AWS_IAM"}""");
        await server.AllowAsync("""{"StatementId":"all","Action":"lambda:*","Principal":"123456789012"}""");
        await AssertForbidden(server);
    }

    [Fact]
    public async Task A_signed_URL_names_its_caller_and_hides_the_proof()
    {
        await using var server = await UrlServer.StartAsync(payload => payload, """{"AuthType":"AWS_IAM"}""", isPublic: false);
        var client = new SignedClient(server.Url);
        var headers = client.Sign("lambda", HttpMethod.Get, "/x?y=1", []);
        var seen = await server.EventAsync("GET", "/x?y=1", null, [.. headers]);
        var context = seen.GetProperty("requestContext");
        Assert.Equal("000000000000", context.GetProperty("accountId").GetString());
        Assert.Equal(
            """{"iam":{"accessKey":"test","accountId":"000000000000","callerId":"000000000000","cognitoIdentity":null,"principalOrgId":null,"userArn":"arn:aws:iam::000000000000:root","userId":"000000000000"}}""",
            context.GetProperty("authorizer").GetRawText());
        Assert.False(seen.GetProperty("headers").TryGetProperty("authorization", out _));
    }

    [Fact]
    public async Task A_signed_URL_refuses_strangers_and_forgers()
    {
        await using var server = await UrlServer.StartAsync(_ => "1", """{"AuthType":"AWS_IAM"}""");
        await AssertForbidden(server);
        var forged = new SignedClient(server.Url, secretKey: "wrong").Sign("lambda", HttpMethod.Get, "/", []);
        using var answer = await server.SendAsync("GET", "/", null, null, [.. forged]);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("signature we calculated does not match", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Empty(server.Driver.Sandboxes);
    }

    [Fact]
    public async Task A_body_over_6_MB_is_refused()
    {
        await using var server = await UrlServer.StartAsync(_ => "1");
        using var answer = await server.SendAsync("POST", "/", new byte[6 * 1024 * 1024 + 1]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        using var encoded = await server.SendAsync("POST", "/", new byte[5 * 1024 * 1024]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, encoded.StatusCode);
    }

    [Fact]
    public async Task The_URL_of_a_deleted_alias_is_forbidden_and_of_a_deleted_function_unknown()
    {
        await using var server = await UrlServer.StartAsync(_ => "1");
        await SendAsync(server, HttpMethod.Post, "/2015-03-31/functions/one/versions", "{}");
        await SendAsync(server, HttpMethod.Post, "/2015-03-31/functions/one/aliases", """{"Name":"live","FunctionVersion":"1"}""");
        var created = await SendAsync(server, HttpMethod.Post, "/2021-10-31/functions/one/url?Qualifier=live", """{"AuthType":"NONE"}""");
        var host = new Uri(System.Text.Json.JsonDocument.Parse(created).RootElement.GetProperty("FunctionUrl").GetString()!).Authority;
        await SendAsync(server, HttpMethod.Delete, "/2015-03-31/functions/one/aliases/live", null);
        Assert.StartsWith("{\"Message\":\"Forbidden", await BodyAsync(server, host));
        await SendAsync(server, HttpMethod.Delete, "/2015-03-31/functions/one", null);
        Assert.Equal("{\"Message\":null}", await BodyAsync(server, server.Url.Authority));
    }

    static async Task<string> SendAsync(UrlServer server, HttpMethod method, string path, string? body)
    {
        using var answer = await server.Server.Client.LambdaAsync(method, path, body);
        Assert.True(answer.IsSuccessStatusCode, path);
        return await answer.Content.ReadAsStringAsync();
    }

    static async Task<string> BodyAsync(UrlServer server, string host)
    {
        using var answer = await server.SendAsync("GET", "/", null, host);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    static async Task AssertForbidden(UrlServer server)
    {
        var (status, body, answer) = await server.GetAsync();
        Assert.Equal(403, status);
        Assert.Equal("AccessDeniedException", answer.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal(
            """{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}""", body);
        answer.Dispose();
    }
}
