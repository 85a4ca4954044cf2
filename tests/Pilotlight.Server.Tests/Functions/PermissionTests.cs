using System.Text.Json.Nodes;
using Pilotlight.Functions;

namespace Pilotlight.Tests.Functions;

public sealed class PermissionTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    static string PathOf(string name) => $"/2015-03-31/functions/{Uri.EscapeDataString(name)}/policy";

    static JsonObject Grant(string sid, string principal = "s3.amazonaws.com", string action = "lambda:InvokeFunction") =>
        new() { ["StatementId"] = sid, ["Action"] = action, ["Principal"] = principal };

    async Task EnsureAsync(string name)
    {
        if ((await server.GetAsync($"/2015-03-31/functions/{name}")).Status == 404)
            await server.CreateActiveAsync(name);
    }

    async Task<Answer> Add(string name, string sid, Action<JsonObject>? change = null, string query = "")
    {
        var body = Grant(sid);
        change?.Invoke(body);
        return await server.PostAsync(PathOf(name) + query, body);
    }

    [Fact]
    public async Task A_statement_has_AWSs_members_in_AWSs_order()
    {
        await server.CreateActiveAsync("shapes");
        var arn = FunctionsServer.ArnOf("shapes");

        Assert.Equal($$"""{"Sid":"a","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"{{arn}}"}""",
            (await Add("shapes", "a")).Text("Statement"));
        Assert.Equal($$$$"""{"Sid":"b","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"{{{{arn}}}}","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}""",
            (await Add("shapes", "b", body => { body["Principal"] = "*"; body["Action"] = "lambda:InvokeFunctionUrl"; body["FunctionUrlAuthType"] = "NONE"; })).Text("Statement"));
        Assert.Equal($$$$"""{"Sid":"c","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"{{{{arn}}}}","Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333","lambda:EventSourceToken":"t-1","aws:PrincipalOrgID":"o-1234567890"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}""",
            (await Add("shapes", "c", body => { body["SourceArn"] = "arn:aws:s3:::b"; body["SourceAccount"] = "111122223333"; body["EventSourceToken"] = "t-1"; body["PrincipalOrgID"] = "o-1234567890"; })).Text("Statement"));
        Assert.Equal($$$$"""{"Sid":"d","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"{{{{arn}}}}","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}""",
            (await Add("shapes", "d", body => { body["Principal"] = "*"; body["InvokedViaFunctionUrl"] = true; })).Text("Statement"));
        Assert.Equal(201, (await Add("shapes", "e")).Status);
    }

    [Theory]
    [InlineData("*", "\"*\"")]
    [InlineData("111122223333", """{"AWS":"arn:aws:iam::111122223333:root"}""")]
    [InlineData("arn:aws:iam::111122223333:root", """{"AWS":"arn:aws:iam::111122223333:root"}""")]
    [InlineData("arn:aws:iam::111122223333:user/team/ann", """{"AWS":"arn:aws:iam::111122223333:user/team/ann"}""")]
    [InlineData(FunctionsServer.Role, $$"""{"AWS":"{{FunctionsServer.Role}}"}""")]
    [InlineData("arn:aws:iam::111122223333:role/worker", """{"AWS":"arn:aws:iam::111122223333:role/worker"}""")]
    [InlineData("alexa-appkit.amazon.com", """{"Service":"alexa-appkit.amazon.com"}""")]
    public async Task A_principal_is_written_as_what_it_is(string principal, string written)
    {
        await EnsureAsync("principals");
        var sid = Guid.NewGuid().ToString("n");

        var statement = JsonNode.Parse((await Add("principals", sid, body => body["Principal"] = principal)).Text("Statement"))!;

        Assert.Equal(written, statement["Principal"]!.ToJsonString());
    }

    [Theory]
    [InlineData("invalid.nonaws.com")]
    [InlineData("somebody")]
    [InlineData("11112222333")]
    [InlineData("arn:aws:s3:::bucket")]
    [InlineData("arn:aws:iam::111122223333:group/g")]
    [InlineData("arn:aws:iam::123456789012:role/nobody")]
    [InlineData("arn:aws:iam::123456789012:user/nobody")]
    [InlineData("arn:aws:iam::111122223333:")]
    [InlineData(".amazonaws.com")]
    public async Task Who_is_nobody_is_refused(string principal)
    {
        await EnsureAsync("principals");

        (await Add("principals", "nobody", body => body["Principal"] = principal))
            .IsRefusedWith(400, "InvalidParameterValueException", "The provided principal was invalid. Please check the principal and try again.");
    }

    [Fact]
    public async Task The_policy_has_a_revision_of_its_own_that_guards_changes()
    {
        await server.CreateActiveAsync("revised");
        var function = (await server.GetAsync("/2015-03-31/functions/revised/configuration")).Text("RevisionId");
        const string mismatch = "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id";

        var statement = (await Add("revised", "a")).Text("Statement");
        var policy = await server.GetAsync(PathOf("revised"));
        Assert.Equal($$"""{"Version":"2012-10-17","Id":"default","Statement":[{{statement}}]}""", policy.Text("Policy"));
        Assert.Equal(function, (await server.GetAsync("/2015-03-31/functions/revised/configuration")).Text("RevisionId"));
        var first = policy.Text("RevisionId");

        (await Add("revised", "b", body => body["RevisionId"] = "other")).IsRefusedWith(412, "PreconditionFailedException", mismatch);
        Assert.Equal(201, (await Add("revised", "b", body => body["RevisionId"] = first)).Status);
        (await server.DeleteAsync(PathOf("revised") + $"/b?RevisionId={first}")).IsRefusedWith(412, "PreconditionFailedException", mismatch);
        var second = (await server.GetAsync(PathOf("revised"))).Text("RevisionId");
        Assert.NotEqual(first, second);
        Assert.Equal(204, (await server.DeleteAsync(PathOf("revised") + $"/b?RevisionId={second}")).Status);
        Assert.Equal(204, (await server.DeleteAsync(PathOf("revised") + "/a")).Status);
        (await server.GetAsync(PathOf("revised"))).IsRefusedWith(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    }

    [Fact]
    public async Task Function_and_version_have_policies_of_their_own_and_a_versions_dies_with_it()
    {
        await server.CreateActiveAsync("qualified");
        await server.PostAsync("/2015-03-31/functions/qualified/versions", new JsonObject());

        Assert.EndsWith(":function:qualified:1\"}", (await Add("qualified", "a", query: "?Qualifier=1")).Text("Statement"));
        Assert.EndsWith(":function:qualified\"}", (await Add("qualified", "a")).Text("Statement"));
        (await Add("qualified", "a", query: "?Qualifier=1")).IsRefusedWith(409, "ResourceConflictException",
            "The statement id (a) provided already exists. Please provide a new statement id, or remove the existing statement.");
        Assert.Equal(200, (await server.GetAsync(PathOf("qualified:1"))).Status);
        await server.DeleteAsync("/2015-03-31/functions/qualified?Qualifier=1");
        Assert.Equal(404, (await server.GetAsync(PathOf("qualified") + "?Qualifier=1")).Status);
        Assert.Single(server.Catalog.Find(new FunctionKey(FunctionsServer.Account, FunctionsServer.Region, "qualified"))!.Policies);

        await server.DeleteAsync("/2015-03-31/functions/qualified");
        await server.CreateActiveAsync("qualified");
        Assert.Equal(404, (await server.GetAsync(PathOf("qualified"))).Status);
    }

    [Fact]
    public async Task A_policy_does_not_grow_over_its_limit()
    {
        await EnsureAsync("long");
        var source = $"arn:aws:s3:::{new string('x', 5000)}";
        for (var n = 0; n < 3; n++)
            Assert.Equal(201, (await Add("long", $"s{n}", body => body["SourceArn"] = source)).Status);

        var refused = await Add("long", "s3", body => body["SourceArn"] = source);

        Assert.Equal((400, "PolicyLengthExceededException"), (refused.Status, refused.ErrorType));
        Assert.Matches(@"^The final policy size \(2\d{4}\) is bigger than the limit \(20480\)\.$", refused.Message);
        Assert.Contains("\"message\"", refused.Body);
    }

    [Fact]
    public async Task Refuses_in_AWSs_words()
    {
        await server.CreateActiveAsync("words");
        var nowhere = FunctionsServer.ArnOf("nowhere");
        var words = FunctionsServer.ArnOf("words");

        (await Add("nowhere", "a")).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {nowhere}");
        (await Add("nowhere", "a", query: "?Qualifier=42")).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {nowhere}:42");
        (await Add("nowhere", "a", query: "?Qualifier=live")).IsRefusedWith(404, "ResourceNotFoundException", $"Cannot find alias arn: {nowhere}:live");
        (await Add("words", "a", query: "?Qualifier=42")).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {words}:42");
        (await Add("words", "a", query: "?Qualifier=live")).IsRefusedWith(404, "ResourceNotFoundException", $"Cannot find alias arn: {words}:live");
        (await Add("words", "a", query: "?Qualifier=no$alias")).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {words}:no$alias");
        (await Add("words", "a", query: "?Qualifier=$LATEST")).IsRefusedWith(400, "InvalidParameterValueException", "We currently do not support adding policies for $LATEST.");
        (await Add("words", "a", body => body["FunctionUrlAuthType"] = "NONE")).IsRefusedWith(400, "InvalidParameterValueException", "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
        (await Add("words", "no good")).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value 'no good' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)");
        (await Add("words", "a", body => body["Action"] = "s3:GetObject")).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value 's3:GetObject' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])");

        (await server.GetAsync(PathOf("nowhere"))).IsRefusedWith(404, "ResourceNotFoundException", "The resource you requested does not exist.");
        (await server.GetAsync(PathOf("words"))).IsRefusedWith(404, "ResourceNotFoundException", "The resource you requested does not exist.");
        (await server.GetAsync(PathOf("words") + "?Qualifier=live")).IsRefusedWith(404, "ResourceNotFoundException", "The resource you requested does not exist.");
        (await server.DeleteAsync(PathOf("nowhere") + "/a")).IsRefusedWith(404, "ResourceNotFoundException", $"No policy found for: {nowhere}");
        (await server.DeleteAsync(PathOf("words") + "/a")).IsRefusedWith(404, "ResourceNotFoundException", "No policy is associated with the given resource.");
        (await server.DeleteAsync(PathOf("words") + "/a?Qualifier=live")).IsRefusedWith(404, "ResourceNotFoundException", $"Cannot find alias arn: {words}:live");
        await Add("words", "b");
        (await server.DeleteAsync(PathOf("words") + "/a")).IsRefusedWith(404, "ResourceNotFoundException", "Statement a is not found in resource policy.");
    }
}
