using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Pilotlight.Tests.Targets;

namespace Pilotlight.Tests.HttpApis;

/// <summary>Who may use a route.</summary>
public sealed class ApiAccessTests
{
    const string Uri1 = $"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ApiServer.FunctionArn}/invocations";

    /// <summary>One function is backend and authorizer: it knows by the event which.</summary>
    static async Task<ApiServer> WithAuthorizerAsync(Func<JsonElement, string> authorize, string settings)
    {
        var server = await ApiServer.StartAsync(payload =>
        {
            var json = JsonDocument.Parse(payload).RootElement;
            return json.TryGetProperty("type", out var type) && type.GetString() == "REQUEST" ? authorize(json) : payload;
        });
        var authorizer = (await server.ControlAsync("POST", "/authorizers", $$"""{"name":"auth","authorizerType":"REQUEST","authorizerUri":"{{Uri1}}",{{settings}} }"""))
            .GetProperty("authorizerId").GetString();
        await server.RouteAsync("GET /pets/{id}", await server.IntegrateAsync(), $$""", "authorizationType":"CUSTOM","authorizerId":"{{authorizer}}" """);
        await server.StageAsync();
        return server;
    }

    [Fact]
    public async Task A_simple_answer_lets_in_or_not()
    {
        JsonElement seen = default;
        await using var server = await WithAuthorizerAsync(
            json =>
            {
                seen = json;
                return json.GetProperty("identitySource")[0].GetString() switch
                {
                    "good" => """{"isAuthorized":true,"context":{"user":"ann","n":1}}""",
                    "bad" => """{"isAuthorized":false}""",
                    _ => "[]",
                };
            },
            """ "identitySource":["$request.header.X-Key"],"authorizerPayloadFormatVersion":"2.0","enableSimpleResponses":true,"authorizerResultTtlInSeconds":0 """);
        Assert.Equal((401, """{"message":"Unauthorized"}"""), await StatusAsync(server));
        Assert.Equal((403, """{"message":"Forbidden"}"""), await StatusAsync(server, ("X-Key", "bad")));
        Assert.Equal((500, """{"message":"Internal Server Error"}"""), await StatusAsync(server, ("X-Key", "wrong")));
        var let = await server.EventAsync("GET", "/pets/1?q=2", null, ("X-Key", "good"));
        Assert.Equal("""{"lambda":{"user":"ann","n":1}}""", let.GetProperty("requestContext").GetProperty("authorizer").GetRawText());
        Assert.Equal(
            ["version", "type", "routeArn", "identitySource", "routeKey", "rawPath", "rawQueryString", "headers", "queryStringParameters", "requestContext", "pathParameters"],
            seen.EnumerateObject().Select(member => member.Name));
        Assert.Equal($"arn:aws:execute-api:us-east-1:000000000000:{server.Id}/$default/GET/pets/1", seen.GetProperty("routeArn").GetString());
    }

    [Theory]
    [InlineData("2.0", """
        {"version":"2.0","type":"REQUEST","routeArn":"ARN","identitySource":["k"],"routeKey":"GET /pets/{id}","rawPath":"/pets/1","rawQueryString":"q=2","headers":{"content-length":"0","host":"HOST","user-agent":"tester/1","x-amzn-trace-id":"<trace>","x-forwarded-for":"127.0.0.1","x-forwarded-port":"<digits>","x-forwarded-proto":"http","x-key":"k"},
        "queryStringParameters":{"q":"2"},"requestContext":{"accountId":"000000000000","apiId":"ID","domainName":"ID.execute-api.localhost","domainPrefix":"ID","http":{"method":"GET","path":"/pets/1","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"tester/1"},"requestId":"<text>","routeKey":"GET /pets/{id}","stage":"$default","time":"<log time>","timeEpoch":"<int>"},
        "pathParameters":{"id":"1"}}
        """)]
    [InlineData("1.0", """
        {"version":"1.0","type":"REQUEST","methodArn":"ARN","identitySource":"k","authorizationToken":"k","resource":"/pets/{id}","path":"/pets/1","httpMethod":"GET",
        "headers":{"Content-Length":"0","Host":"HOST","User-Agent":"tester/1","X-Amzn-Trace-Id":"<trace>","X-Forwarded-For":"127.0.0.1","X-Forwarded-Port":"<digits>","X-Forwarded-Proto":"http","X-Key":"k"},
        "multiValueHeaders":{"Content-Length":["0"],"Host":["HOST"],"User-Agent":["tester/1"],"X-Amzn-Trace-Id":["<trace>"],"X-Forwarded-For":["127.0.0.1"],"X-Forwarded-Port":["<digits>"],"X-Forwarded-Proto":["http"],"X-Key":["k"]},
        "queryStringParameters":{"q":"2"},"multiValueQueryStringParameters":{"q":["2"]},
        "requestContext":{"accountId":"000000000000","apiId":"ID","domainName":"ID.execute-api.localhost","domainPrefix":"ID","extendedRequestId":"<text>","httpMethod":"GET",
        "identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAmr":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"127.0.0.1","user":null,"userAgent":"tester/1","userArn":null},
        "path":"/pets/1","protocol":"HTTP/1.1","requestId":"<text>","requestTime":"<log time>","requestTimeEpoch":"<int>","resourceId":"GET /pets/{id}","resourcePath":"/pets/{id}","stage":"$default"},
        "pathParameters":{"id":"1"},"stageVariables":null}
        """)]
    public async Task The_event_of_an_authorizer_is_of_its_format(string format, string shape)
    {
        var seen = "";
        await using var server = await WithAuthorizerAsync(
            json =>
            {
                seen = json.GetRawText();
                return "{}";
            },
            $$""" "identitySource":["$request.header.X-Key"],"authorizerPayloadFormatVersion":"{{format}}" """);
        Assert.Equal(500, (await server.GetAsync("/pets/1?q=2", ("X-Key", "k"), ("User-Agent", "tester/1"))).Status);
        EventShape.Same(shape.Replace("ARN", $"arn:aws:execute-api:us-east-1:000000000000:{server.Id}/$default/GET/pets/1").Replace("HOST", server.Host).Replace("ID", server.Id), seen);
    }

    [Fact]
    public async Task A_policy_says_to_what_and_the_word_Unauthorized_is_a_401()
    {
        await using var server = await WithAuthorizerAsync(
            json => json.GetProperty("authorizationToken").GetString() == "none" ? "{}" : """
                {"principalId":"ann","context":{"k":"v"},"policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke",
                 "Resource":"STAGE/pets/1"}]}}
                """.Replace("STAGE", json.GetProperty("methodArn").GetString()!.Split("/pets")[0]),
            """ "identitySource":["$request.querystring.key"],"authorizerPayloadFormatVersion":"1.0" """);
        Assert.Equal(500, (await server.GetAsync("/pets/1?key=none")).Status);
        // The policy is remembered by its identity, and asked again for the next path.
        Assert.Equal((200, 403, 200), ((await server.GetAsync("/pets/1?key=a")).Status, (await server.GetAsync("/pets/2?key=a")).Status, (await server.GetAsync("/pets/1?key=a")).Status));
    }

    [Fact]
    public async Task What_an_authorizer_answered_is_remembered_for_its_identity()
    {
        var asked = 0;
        await using var server = await WithAuthorizerAsync(
            _ => Interlocked.Increment(ref asked) > 0 ? """{"isAuthorized":true}""" : "",
            """ "identitySource":["$request.header.X-Key"],"authorizerPayloadFormatVersion":"2.0","enableSimpleResponses":true """);
        foreach (var key in new[] { "a", "a", "b", "a", "b" })
            Assert.Equal(200, (await StatusAsync(server, ("X-Key", key))).Status);
        Assert.Equal(2, asked);
        await server.ControlAsync("DELETE", "/stages/%24default/cache/authorizers");
        await StatusAsync(server, ("X-Key", "a"));
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task An_authorizer_that_the_function_does_not_let_in_lets_nobody_in()
    {
        await using var server = await ApiServer.StartAsync(_ => """{"isAuthorized":true}""", allow: "*/*/pets/*");
        var authorizer = (await server.ControlAsync("POST", "/authorizers",
            $$"""{"name":"auth","authorizerType":"REQUEST","authorizerUri":"{{Uri1}}","identitySource":[],"authorizerPayloadFormatVersion":"2.0","enableSimpleResponses":true}""")).GetProperty("authorizerId").GetString();
        await server.RouteAsync("GET /pets/{id}", await server.IntegrateAsync(), $$""", "authorizationType":"CUSTOM","authorizerId":"{{authorizer}}" """);
        await server.StageAsync();
        Assert.Equal(500, (await StatusAsync(server)).Status);
        await server.AllowAsync("authorizers/*", "authorizer");
        Assert.Equal(200, (await StatusAsync(server)).Status);
    }

    /// <summary>With credentials the role is asked, and the function's own policy is not.</summary>
    [Theory]
    [InlineData("apigateway.amazonaws.com", "lambda:InvokeFunction", ApiServer.FunctionArn, 200)]
    [InlineData("lambda.amazonaws.com", "lambda:InvokeFunction", ApiServer.FunctionArn, 500)]
    [InlineData("apigateway.amazonaws.com", "lambda:GetFunction", ApiServer.FunctionArn, 500)]
    [InlineData("apigateway.amazonaws.com", "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:000000000000:function:two", 500)]
    public async Task Credentials_are_a_role_that_must_trust_the_gateway_and_may_invoke(string trusted, string action, string resource, int status)
    {
        await using var server = await ApiServer.StartAsync(payload => payload, allow: null);
        await RoleAsync(server, "invoker", trusted, $$"""{"Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"}""");
        await server.RouteAsync("GET /pets/{id}", await server.IntegrateAsync(""","credentialsArn":"arn:aws:iam::000000000000:role/invoker" """));
        await server.StageAsync();
        Assert.Equal(status, (await StatusAsync(server)).Status);
    }

    [Fact]
    public async Task Credentials_that_are_taken_away_work_no_more_and_none_can_be_given_that_may_not_be_passed()
    {
        await using var server = await ApiServer.StartAsync(payload => payload, allow: null);
        const string May = $$"""{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"{{ApiServer.FunctionArn}}"}""";
        await RoleAsync(server, "invoker", "apigateway.amazonaws.com", May);
        await server.RouteAsync("GET /pets/{id}", await server.IntegrateAsync(""","credentialsArn":"arn:aws:iam::000000000000:role/invoker" """));
        await server.StageAsync();
        Assert.Equal(200, (await StatusAsync(server)).Status);
        await IamAsync(server, "Action=DeleteRolePolicy&RoleName=invoker&PolicyName=p");
        Assert.Equal((500, """{"message":"Internal Server Error"}"""), await StatusAsync(server));

        const string Integration = $$"""{"integrationType":"AWS_PROXY","integrationUri":"{{ApiServer.FunctionArn}}","payloadFormatVersion":"2.0","credentialsArn":""";
        Assert.Equal((400, """{"message":"Cross-account pass role is not allowed."}"""),
            await server.TryControlAsync("POST", "/integrations", Integration + "\"arn:aws:iam::111122223333:role/invoker\"}"));
        await IamAsync(server, "Action=CreateUser&UserName=maker");
        await IamAsync(server, $"Action=PutUserPolicy&UserName=maker&PolicyName=p&PolicyDocument={Uri.EscapeDataString("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"apigateway:*","Resource":"*"}]}""")}");
        var key = System.Xml.Linq.XDocument.Parse(await IamAsync(server, "Action=CreateAccessKey&UserName=maker")).Descendants().ToLookup(one => one.Name.LocalName, one => one.Value);
        var maker = new Testing.SignedClient(server.Server.Endpoint, key["AccessKeyId"].Single(), key["SecretAccessKey"].Single());
        using var refused = await maker.SendAsync("apigateway", HttpMethod.Post, $"/v2/apis/{server.Id}/integrations", Encoding.UTF8.GetBytes(Integration + "\"arn:aws:iam::000000000000:role/invoker\"}"));
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Contains("iam:PassRole", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    static async Task RoleAsync(ApiServer server, string name, string trusted, string statement)
    {
        var trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"{{trusted}}"},"Action":"sts:AssumeRole"}]}""";
        await IamAsync(server, $"Action=CreateRole&RoleName={name}&AssumeRolePolicyDocument={Uri.EscapeDataString(trust)}");
        await IamAsync(server, $"Action=PutRolePolicy&RoleName={name}&PolicyName=p&PolicyDocument={Uri.EscapeDataString($$"""{"Version":"2012-10-17","Statement":[{{statement}}]}""")}");
    }

    static async Task<string> IamAsync(ApiServer server, string form)
    {
        using var answer = await server.Server.Client.SendAsync(
            "iam", HttpMethod.Post, "/", Encoding.ASCII.GetBytes($"{form}&Version=2010-05-08"), ("Content-Type", "application/x-www-form-urlencoded"));
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, body);
        return body;
    }

    [Fact]
    public async Task A_signed_route_takes_good_signatures_of_callers_who_may()
    {
        await using var server = await ApiServer.StartAsync(payload => payload);
        await server.RouteAsync("GET /pets/{id}", await server.IntegrateAsync(), """, "authorizationType":"AWS_IAM" """);
        await server.StageAsync();
        Assert.Equal((403, """{"message":"Forbidden"}"""), await StatusAsync(server));
        Assert.Equal((403, """{"message":"Forbidden"}"""), await StatusAsync(server, ("Authorization", "AWS4-HMAC-SHA256 nonsense")));
        var path = $"/_api/{server.Id}/pets/1";
        using var signed = await server.Server.Client.SendAsync("execute-api", HttpMethod.Get, path);
        using var seen = JsonDocument.Parse(await signed.Content.ReadAsStringAsync());
        Assert.Equal("arn:aws:iam::000000000000:root", seen.RootElement.GetProperty("requestContext").GetProperty("authorizer").GetProperty("iam").GetProperty("userArn").GetString());
        Assert.False(seen.RootElement.GetProperty("headers").TryGetProperty("authorization", out _));
        using var otherService = await server.Server.Client.SendAsync("lambda", HttpMethod.Get, path);
        Assert.Equal(403, (int)otherService.StatusCode);
    }

    [Fact]
    public async Task A_token_of_the_issuer_vouches_for_its_bearer()
    {
        using var rsa = RSA.Create(2048);
        var (issuer, url) = await StartIssuerAsync(rsa);
        await using var stopped = issuer;
        await using var server = await ApiServer.StartAsync(payload => payload);
        var authorizer = (await server.ControlAsync("POST", "/authorizers",
            $$$"""{"name":"jwt","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"{{{url}}}","audience":["app"]}}""")).GetProperty("authorizerId").GetString();
        var integration = await server.IntegrateAsync();
        await server.RouteAsync("GET /pets/{id}", integration, $$""", "authorizationType":"JWT","authorizerId":"{{authorizer}}" """);
        await server.RouteAsync("GET /keys/{id}", integration, $$""", "authorizationType":"JWT","authorizerId":"{{authorizer}}","authorizationScopes":["read","write"] """);
        await server.StageAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var good = Token(rsa, $$"""{"iss":"{{url}}","aud":"app","exp":{{now + 600}},"sub":"ann","groups":["a","b"],"n":1}""");

        var seen = await server.EventAsync("GET", "/pets/1", null, ("Authorization", $"Bearer {good}"));
        Assert.Equal(
            $$$"""{"jwt":{"claims":{"iss":"{{{url}}}","aud":"app","exp":"{{{now + 600}}}","sub":"ann","groups":"[a b]","n":"1"},"scopes":null}}""",
            seen.GetProperty("requestContext").GetProperty("authorizer").GetRawText());
        Assert.Equal((403, """{"message":"Forbidden"}"""), await StatusAsync(server, "/keys/1", good));
        Assert.Equal(200, (await StatusAsync(server, "/keys/1", Token(rsa, $$"""{"iss":"{{url}}","client_id":"app","exp":{{now + 600}},"scope":"write other"}"""))).Status);

        var (status, _, answer) = await server.GetAsync("/pets/1");
        Assert.Equal((401, "Bearer"), (status, answer.Headers.WwwAuthenticate.ToString()));
        using var other = RSA.Create(2048);
        foreach (var bad in new[]
        {
            "x", "a.b.c", good[..^8] + "AAAAAAAA", good.Split('.')[0] + "." + good.Split('.')[1] + ".",
            Token(other, $$"""{"iss":"{{url}}","aud":"app","exp":{{now + 600}}}"""),
            Token(rsa, $$"""{"iss":"{{url}}","aud":"app","exp":{{now - 1}}}"""),
            Token(rsa, $$"""{"iss":"{{url}}","aud":"app"}"""),
            Token(rsa, $$"""{"iss":"{{url}}","aud":"other","exp":{{now + 600}}}"""),
            Token(rsa, $$"""{"iss":"{{url}}","exp":{{now + 600}}}"""),
            Token(rsa, $$"""{"iss":"https://elsewhere.example","aud":"app","exp":{{now + 600}}}"""),
            Token(rsa, $$"""{"iss":"{{url}}","aud":"app","exp":{{now + 600}},"nbf":{{now + 300}}}"""),
            Token(rsa, $$"""{"iss":"{{url}}","aud":"app","exp":{{now + 600}}}""", """{"alg":"none","kid":"r"}"""),
            Token(rsa, $$"""{"iss":"{{url}}","aud":"app","exp":{{now + 600}}}""", """{"alg":"HS256","kid":"r"}"""),
        })
            Assert.Equal((401, """{"message":"Unauthorized"}"""), await StatusAsync(server, "/pets/1", bad));
    }

    static async Task<(WebApplication Issuer, string Url)> StartIssuerAsync(RSA rsa)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var issuer = builder.Build();
        var url = "";
        var key = rsa.ExportParameters(false);
        var keys = $$"""{"keys":[{"kty":"RSA","kid":"r","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"{{Base64Url.EncodeToString(key.Exponent)}}"}]}""";
        issuer.Run(http => http.Response.WriteAsync(http.Request.Path == "/keys" ? keys : $$"""{"jwks_uri":"{{url}}/keys"}"""));
        await issuer.StartAsync();
        url = issuer.Urls.Single();
        return (issuer, url);
    }

    static string Token(RSA rsa, string claims, string header = """{"alg":"RS256","kid":"r"}""")
    {
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    static Task<(int Status, string Body)> StatusAsync(ApiServer server, string path, string token) => StatusAsync(server, path, [("Authorization", $"Bearer {token}")]);

    static Task<(int Status, string Body)> StatusAsync(ApiServer server, params (string, string)[] headers) => StatusAsync(server, "/pets/1", headers);

    static async Task<(int Status, string Body)> StatusAsync(ApiServer server, string path, (string, string)[] headers)
    {
        var (status, body, _) = await server.GetAsync(path, headers);
        return (status, body);
    }
}
