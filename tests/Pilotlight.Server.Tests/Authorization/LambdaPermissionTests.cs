using System.Net;
using System.Text.Json.Nodes;
using Pilotlight.Identities;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;
using Pilotlight.Tests.EventSources;

namespace Pilotlight.Authorization;

/// <summary>What Lambda's operations ask for beside their action, and Lambda's own condition keys: users with one policy against the whole server.</summary>
public sealed class LambdaPermissionTests : IAsyncLifetime
{
    const string Arn = "arn:aws:lambda:us-east-1:000000000000:";
    const string Functions = "/2015-03-31/functions";
    const string Mappings = "/2015-03-31/event-source-mappings";

    PilotlightServer _server = null!;
    IamClient _root = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, _) => "1")));
        _root = new IamClient(_server);
        await EnvironmentLifecycleTests.CreateAsync(_server, "one");
        await EnvironmentLifecycleTests.CreateAsync(_server, "two");
        foreach (var queue in new[] { "mine", "mine-too", "others", "tagged" })
            await TestQueues.CreateAsync(_server, queue);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    static string Statement(string action, string resource = "*", string? condition = null, string effect = "Allow") =>
        $$$"""{"Effect":"{{{effect}}}","Action":"{{{action}}}","Resource":"{{{resource}}}"{{{(condition is null ? "" : $",\"Condition\":{condition}")}}}}""";

    /// <summary>A new user whom exactly these statements allow.</summary>
    async Task<SignedClient> UserAsync(params string[] statements)
    {
        var name = $"u{Guid.NewGuid():n}";
        var user = await _root.CreateUserAsync(name);
        (await _root.IamAsync("PutUserPolicy", ("UserName", name), ("PolicyName", "p"),
            ("PolicyDocument", $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', statements)}}]}"""))).Ok();
        return user.Lambda;
    }

    static async Task<(int Status, JsonNode? Body)> SendAsync(SignedClient client, string method, string path, string? json = null)
    {
        using var answer = await client.LambdaAsync(new HttpMethod(method), path, json);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    async Task<JsonNode> RootAsync(string method, string path, string json)
    {
        var (status, body) = await SendAsync(_server.Client, method, path, json);
        Assert.InRange(status, 200, 299);
        return body!;
    }

    static async Task Allows(SignedClient client, string method, string path, string? json = null)
    {
        var (status, body) = await SendAsync(client, method, path, json);
        Assert.True(status is >= 200 and < 300, $"{status} {body}");
    }

    /// <summary>Refused, for want of this action.</summary>
    static async Task Refuses(string action, SignedClient client, string method, string path, string? json = null)
    {
        var (status, body) = await SendAsync(client, method, path, json);
        Assert.Equal(403, status);
        Assert.Contains($"is not authorized to perform: {action} on resource: ", (string?)body!["Message"]);
    }

    async Task<string> LayerAsync(string name)
    {
        var zip = Convert.ToBase64String(Pilotlight.Tests.Functions.Zips.Of(("file", "text")));
        return (string)(await RootAsync("POST", $"/2018-10-31/layers/{name}/versions", $$$"""{"Content":{"ZipFile":"{{{zip}}}"}}"""))["LayerVersionArn"]!;
    }

    [Fact]
    public async Task Putting_a_code_signing_config_is_judged_on_the_function_and_on_the_config()
    {
        const string body = """{"AllowedPublishers":{"SigningProfileVersionArns":["arn:aws:signer:us-east-1:000000000000:/signing-profiles/team/abcdefghij"]}}""";
        var config = (string)(await RootAsync("POST", "/2020-04-22/code-signing-configs", body))["CodeSigningConfig"]!["CodeSigningConfigArn"]!;
        const string path = "/2020-06-30/functions/one/code-signing-config";
        var put = $$"""{"CodeSigningConfigArn":"{{config}}"}""";
        const string action = "lambda:PutFunctionCodeSigningConfig";

        await Refuses(action, await UserAsync(Statement(action, Arn + "function:one")), "PUT", path, put);
        await Refuses(action, await UserAsync(Statement(action, config)), "PUT", path, put);
        await Allows(await UserAsync(Statement(action, Arn + "function:one"), Statement(action, config)), "PUT", path, put);
        await Allows(await UserAsync(Statement(action, condition: $$$"""{"ArnEquals":{"lambda:CodeSigningConfigArn":"{{{config}}}"}}""")), "PUT", path, put);
        await Refuses(action, await UserAsync(Statement(action, condition: $$$"""{"ArnNotEquals":{"lambda:CodeSigningConfigArn":"{{{config}}}"}}""")), "PUT", path, put);

        var foreign = config.Replace("000000000000", "111122223333");
        Assert.Equal(404, (await SendAsync(await UserAsync(Statement("lambda:*")), "PUT", path, $$"""{"CodeSigningConfigArn":"{{foreign}}"}""")).Status);
    }

    [Fact]
    public async Task Layers_of_ones_own_account_too_are_asked_for_one_by_one()
    {
        var (first, second) = (await LayerAsync("first"), await LayerAsync("second"));
        const string path = Functions + "/one/configuration";
        const string update = "lambda:UpdateFunctionConfiguration";
        var both = $$"""{"Layers":["{{first}}","{{second}}"]}""";

        await Refuses("lambda:GetLayerVersion", await UserAsync(Statement(update)), "PUT", path, both);
        await Refuses("lambda:GetLayerVersion", await UserAsync(Statement(update), Statement("lambda:GetLayerVersion", first)), "PUT", path, both);
        await Allows(await UserAsync(Statement(update), Statement("lambda:GetLayerVersion", Arn + "layer:*")), "PUT", path, both);

        var create = Create("three", $",\"Layers\":[\"{first}\"]");
        string[] mayCreate = [Statement("lambda:CreateFunction"), Statement("iam:PassRole")];
        await Refuses("lambda:GetLayerVersion", await UserAsync(mayCreate), "POST", Functions, create);
        await Allows(await UserAsync([.. mayCreate, Statement("lambda:GetLayerVersion", first)]), "POST", Functions, create);
    }

    static string Create(string name, string more) => $$$"""
        {"FunctionName":"{{{name}}}","Runtime":"provided.al2023","Handler":"h","Role":"arn:aws:iam::000000000000:role/r",
         "Code":{"ZipFile":"{{{Convert.ToBase64String(Pilotlight.Tests.Functions.Zips.Of(("bootstrap", "#!/bin/sh\n")))}}}"}{{{more}}}}
        """;

    [Theory]
    [InlineData("""{"ForAllValues:StringEquals":{"lambda:SubnetIds":["subnet-0a","subnet-0b"]}}""", true)]
    [InlineData("""{"ForAllValues:StringEquals":{"lambda:SubnetIds":["subnet-0a"]}}""", false)]
    [InlineData("""{"ForAnyValue:StringEquals":{"lambda:SecurityGroupIds":"sg-0a"}}""", true)]
    [InlineData("""{"ForAnyValue:StringEquals":{"lambda:SecurityGroupIds":"sg-0b"}}""", false)]
    [InlineData("""{"ForAllValues:StringLike":{"lambda:Layer":"arn:aws:lambda:us-east-1:000000000000:layer:used:*"}}""", true)]
    [InlineData("""{"ForAnyValue:StringLike":{"lambda:Layer":"arn:aws:lambda:us-east-1:000000000000:layer:other:*"}}""", false)]
    // Which VPC a subnet lies in is not known here: the key is absent.
    [InlineData("""{"StringLike":{"lambda:VpcIds":"*"}}""", false)]
    [InlineData("""{"Null":{"lambda:VpcIds":"true"}}""", true)]
    public async Task Networks_and_layers_are_conditions_of_creating_and_changing(string condition, bool allowed)
    {
        var layer = await LayerAsync("used");
        var settings = $$"""
            "VpcConfig":{"SubnetIds":["subnet-0a","subnet-0b"],"SecurityGroupIds":["sg-0a"]},"Layers":["{{layer}}"]
            """;
        foreach (var (action, method, path, body) in new[]
        {
            ("lambda:CreateFunction", "POST", Functions, Create("three", "," + settings)),
            ("lambda:UpdateFunctionConfiguration", "PUT", Functions + "/one/configuration", $"{{{settings}}}"),
        })
        {
            var user = await UserAsync(Statement(action, condition: condition), Statement("lambda:GetLayerVersion"), Statement("iam:PassRole"));
            if (allowed)
                await Allows(user, method, path, body);
            else
                await Refuses(action, user, method, path, body);
        }
    }

    [Fact]
    public async Task Mappings_are_for_those_who_may_touch_their_function()
    {
        static string Of(string function, string queue) => $$"""{"FunctionName":"{{function}}","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:{{queue}}"}""";
        static string Condition(string function) => $$$"""{"ArnLike":{"lambda:FunctionArn":"{{{Arn}}}function:{{{function}}}"}}""";
        var ofOne = await UserAsync(Statement("lambda:*EventSourceMapping", condition: Condition("one")));
        var ofBoth = await UserAsync(Statement("lambda:*EventSourceMapping", condition: Condition("*")));

        await Allows(ofOne, "POST", Mappings, Of("one", "mine"));
        await Refuses("lambda:CreateEventSourceMapping", ofOne, "POST", Mappings, Of("two", "mine"));
        var mine = $"{Mappings}/{await SettledAsync("mine-too", "one")}";
        var others = $"{Mappings}/{await SettledAsync("others", "two")}";

        await Allows(ofOne, "GET", mine);
        await Allows(ofOne, "PUT", mine, """{"BatchSize":5}""");
        await Refuses("lambda:GetEventSourceMapping", ofOne, "GET", others);
        await Refuses("lambda:DeleteEventSourceMapping", ofOne, "DELETE", others);
        await Refuses("lambda:UpdateEventSourceMapping", ofOne, "PUT", others, """{"BatchSize":5}""");
        // Neither taken from its function by naming one's own, nor given to somebody else's.
        await Refuses("lambda:UpdateEventSourceMapping", ofOne, "PUT", others, """{"FunctionName":"one"}""");
        await Refuses("lambda:UpdateEventSourceMapping", ofOne, "PUT", mine, """{"FunctionName":"two"}""");
        await Refuses("lambda:GetEventSourceMapping", ofOne, "GET", $"{Mappings}/{Guid.NewGuid()}");
        await EnvironmentLifecycleTests.Until(async () => (string?)(await SendAsync(ofBoth, "GET", mine)).Body!["State"] == "Enabled");
        await Allows(ofBoth, "PUT", mine, """{"FunctionName":"two"}""");
        await EnvironmentLifecycleTests.Until(async () => (string?)(await SendAsync(ofBoth, "GET", mine)).Body!["State"] == "Enabled");
        await Refuses("lambda:DeleteEventSourceMapping", ofOne, "DELETE", mine);
        await Allows(ofBoth, "DELETE", mine);

        async Task<string> SettledAsync(string queue, string function)
        {
            var id = (string)(await RootAsync("POST", Mappings, Of(function, queue)))["UUID"]!;
            await EnvironmentLifecycleTests.Until(async () =>
                (string?)(await SendAsync(_server.Client, "GET", $"{Mappings}/{id}")).Body!["State"] == "Enabled");
            return id;
        }
    }

    [Fact]
    public async Task Tags_of_mappings_are_asked_for_and_judged_by()
    {
        const string create = """{"FunctionName":"one","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:tagged","Tags":{"team":"blue"}}""";
        await Refuses("lambda:TagResource", await UserAsync(Statement("lambda:CreateEventSourceMapping")), "POST", Mappings, create);
        var (status, body) = await SendAsync(
            await UserAsync(Statement("lambda:CreateEventSourceMapping"), Statement("lambda:TagResource", Arn + "event-source-mapping:*")), "POST", Mappings, create);
        Assert.Equal(202, status);
        var path = $"{Mappings}/{(string)body!["UUID"]!}";
        await Allows(await UserAsync(Statement("lambda:*", condition: """{"StringEquals":{"aws:ResourceTag/team":"blue"}}""")), "GET", path);
        await Refuses("lambda:GetEventSourceMapping",
            await UserAsync(Statement("lambda:*", condition: """{"StringEquals":{"aws:ResourceTag/team":"red"}}""")), "GET", path);
    }

    [Fact]
    public async Task URLs_are_made_changed_and_deleted_only_with_the_kind_of_access_that_is_allowed()
    {
        const string path = "/2021-10-31/functions/one/url";
        var signedOnly = await UserAsync(Statement("lambda:*FunctionUrlConfig", condition: """{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}"""));
        var ofTwo = await UserAsync(Statement("lambda:*FunctionUrlConfig", condition: $$$"""{"ArnEquals":{"lambda:FunctionArn":"{{{Arn}}}function:two"}}"""));
        await Refuses("lambda:CreateFunctionUrlConfig", signedOnly, "POST", path, """{"AuthType":"NONE"}""");
        await Refuses("lambda:CreateFunctionUrlConfig", ofTwo, "POST", path, """{"AuthType":"AWS_IAM"}""");
        await Allows(ofTwo, "POST", "/2021-10-31/functions/two/url", """{"AuthType":"NONE"}""");
        await Allows(signedOnly, "POST", path, """{"AuthType":"AWS_IAM"}""");
        await Refuses("lambda:UpdateFunctionUrlConfig", signedOnly, "PUT", path, """{"AuthType":"NONE"}""");
        await Refuses("lambda:DeleteFunctionUrlConfig", signedOnly, "DELETE", "/2021-10-31/functions/two/url");
        await Allows(signedOnly, "DELETE", path);

        var policy = Functions + "/one/policy";
        var noPublic = await UserAsync(Statement("lambda:*Permission"),
            Statement("lambda:*Permission", condition: """{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}""", effect: "Deny"));
        await Refuses("lambda:AddPermission", noPublic, "POST", policy,
            """{"StatementId":"s","Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE"}""");
        await Allows(noPublic, "POST", policy,
            """{"StatementId":"s","Action":"lambda:InvokeFunctionUrl","Principal":"000000000000","FunctionUrlAuthType":"AWS_IAM"}""");
        await RootAsync("POST", policy, """{"StatementId":"p","Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE"}""");
        await Refuses("lambda:RemovePermission", noPublic, "DELETE", policy + "/p");
        await Allows(noPublic, "DELETE", policy + "/s");
    }

    [Fact]
    public async Task What_is_allowed_by_way_of_the_URL_is_not_allowed_by_Invoke()
    {
        var url = new Uri((string)(await RootAsync("POST", "/2021-10-31/functions/one/url", """{"AuthType":"AWS_IAM"}"""))["FunctionUrl"]!);
        var viaUrl = Statement("lambda:InvokeFunction", condition: """{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}""");
        var useUrl = Statement("lambda:InvokeFunctionUrl", condition: """{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}""");
        Assert.Equal(HttpStatusCode.OK, await GetAsync(await UserAsync(useUrl, viaUrl)));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(await UserAsync(useUrl)));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(await UserAsync(viaUrl)));
        await Refuses("lambda:InvokeFunction", await UserAsync(useUrl, viaUrl), "POST", Functions + "/one/invocations", "{}");

        async Task<HttpStatusCode> GetAsync(SignedClient user)
        {
            using var answer = await user.SendAsync("lambda", HttpMethod.Get, $"/_url/{url.Host.Split('.')[0]}/");
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Anybody_may_call_a_public_URL_with_both_statements_and_never_Invoke()
    {
        var url = new Uri((string)(await RootAsync("POST", "/2021-10-31/functions/one/url", """{"AuthType":"NONE"}"""))["FunctionUrl"]!);
        var stranger = await UserAsync(Statement("s3:*"));
        await RootAsync("POST", Functions + "/one/policy", """{"StatementId":"url","Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE"}""");
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync());
        await RootAsync("POST", Functions + "/one/policy", """{"StatementId":"fn","Action":"lambda:InvokeFunction","Principal":"*","InvokedViaFunctionUrl":true}""");
        Assert.Equal(HttpStatusCode.OK, await GetAsync());
        await Refuses("lambda:InvokeFunction", stranger, "POST", Functions + "/one/invocations", "{}");
        await Allows(_server.Client, "DELETE", Functions + "/one/policy/url");
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync());

        async Task<HttpStatusCode> GetAsync()
        {
            using var http = new HttpClient();
            using var answer = await http.GetAsync(new Uri(_server.Endpoint, $"/_url/{url.Host.Split('.')[0]}/"), TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }
}
