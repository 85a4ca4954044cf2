using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

public sealed class AliasApiTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    static string PathOf(string function, string? alias = null) =>
        $"/2015-03-31/functions/{function}/aliases{(alias is null ? "" : "/" + alias)}";

    static JsonNode Body(string json) => JsonNode.Parse(json)!;

    /// <summary>A function with versions 1 and 2.</summary>
    async Task<string> WithVersionsAsync(string name)
    {
        await server.CreateActiveAsync(name, body => body["Publish"] = true);
        await server.PutAsync($"/2015-03-31/functions/{name}/configuration", Body("""{"Description":"two"}"""));
        await server.SettledAsync(name);
        Assert.Equal("2", (await server.PostAsync($"/2015-03-31/functions/{name}/versions", new JsonObject())).Text("Version"));
        return name;
    }

    [Fact]
    public async Task The_life_of_an_alias()
    {
        await WithVersionsAsync("life");
        var arn = FunctionsServer.ArnOf("life") + ":live";
        var latest = await server.GetAsync("/2015-03-31/functions/life/configuration");

        var created = await server.PostAsync(PathOf("life"),
            Body("""{"Name":"live","FunctionVersion":"1","Description":"d","RoutingConfig":{"AdditionalVersionWeights":{"2":0.2}}}"""));
        Assert.Equal((201, arn, "live", "1", "d"),
            (created.Status, created.Text("AliasArn"), created.Text("Name"), created.Text("FunctionVersion"), created.Text("Description")));
        Assert.Equal("""{"AdditionalVersionWeights":{"2":0.2}}""", created.Json.GetProperty("RoutingConfig").GetRawText());
        Assert.Equal(latest.Body, (await server.GetAsync("/2015-03-31/functions/life/configuration")).Body);
        Assert.Equal(created.Body, (await server.GetAsync(PathOf("life", "live"))).Body);

        var updated = await server.PutAsync(PathOf("life", "live"), Body("""{"RoutingConfig":{}}"""));
        Assert.Equal((200, false, "1", "d"), (updated.Status, updated.Has("RoutingConfig"), updated.Text("FunctionVersion"), updated.Text("Description")));
        var untouched = await server.PutAsync(PathOf("life", "live"), Body("{}"));
        Assert.Equal(3, new[] { created, updated, untouched }.Select(answer => answer.Text("RevisionId")).Distinct().Count());

        Assert.Equal(204, (await server.DeleteAsync(PathOf("life", "live"))).Status);
        Assert.Equal(204, (await server.DeleteAsync(PathOf("life", "live"))).Status);
        (await server.GetAsync(PathOf("life", "live"))).IsRefusedWith(404, "ResourceNotFoundException", $"Cannot find alias arn: {arn}");
        (await server.PutAsync(PathOf("life", "live"), Body("{}"))).IsRefusedWith(404, "ResourceNotFoundException", $"Alias not found: {arn}");
    }

    [Fact]
    public async Task It_is_the_alias_that_is_missing_even_where_the_function_is_too()
    {
        var arn = FunctionsServer.ArnOf("nowhere") + ":live";

        (await server.GetAsync(PathOf("nowhere", "live"))).IsRefusedWith(404, "ResourceNotFoundException", $"Cannot find alias arn: {arn}");
        (await server.PutAsync(PathOf("nowhere", "live"), Body("{}"))).IsRefusedWith(404, "ResourceNotFoundException", $"Alias not found: {arn}");
        Assert.Equal(204, (await server.DeleteAsync(PathOf("nowhere", "live"))).Status);
    }

    [Fact]
    public async Task A_function_is_shown_through_its_alias()
    {
        await WithVersionsAsync("shown");
        await server.PostAsync(PathOf("shown"), Body("""{"Name":"live","FunctionVersion":"1"}"""));
        var arn = FunctionsServer.ArnOf("shown") + ":live";

        var answer = await server.GetAsync("/2015-03-31/functions/shown/configuration?Qualifier=live");
        var byArn = await server.GetAsync($"/2015-03-31/functions/{Uri.EscapeDataString(arn)}/configuration");

        Assert.Equal(("1", arn), (answer.Text("Version"), answer.Text("FunctionArn")));
        Assert.Equal(answer.Body, byArn.Body);
        (await server.GetAsync("/2015-03-31/functions/shown?Qualifier=dead"))
            .IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {FunctionsServer.ArnOf("shown")}:dead");
    }

    [Theory]
    [InlineData("""{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5,"2":0.5}}}""", 400, "InvalidParameterValueException",
        "Number of items in AdditionalVersionWeights cannot be greater than 1")]
    [InlineData("""{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}""", 400, "InvalidParameterValueException",
        "Invalid function version 1. Function version 1 is already included in routing configuration.")]
    [InlineData("""{"Name":"a","FunctionVersion":"$LATEST","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}""", 400, "InvalidParameterValueException",
        "$LATEST is not supported for an alias pointing to more than 1 version")]
    [InlineData("""{"Name":"a","FunctionVersion":"10"}""", 404, "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:eu-central-1:123456789012:function:rules:10")]
    [InlineData("""{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"10":0.5}}}""", 404, "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:eu-central-1:123456789012:function:rules:10")]
    [InlineData("""{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":2}}}""", 400, "ValidationException",
        "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]")]
    [InlineData("""{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":-1.0}}}""", 400, "ValidationException",
        "1 validation error detected: Value '{2=-1.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]")]
    [InlineData("""{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"$LATEST":0.5}}}""", 400, "ValidationException",
        "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]")]
    [InlineData("""{"Name":"12","FunctionVersion":"1"}""", 400, "ValidationException",
        "1 validation error detected: Value '12' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")]
    public async Task Refuses_what_no_alias_can_be(string body, int status, string type, string message)
    {
        if (server.Catalog.Find(FunctionsServer.Account, FunctionsServer.Region, "rules", null) is null)
            await WithVersionsAsync("rules");

        var answer = await server.PostAsync(PathOf("rules"), Body(body));

        answer.IsRefusedWith(status, type, message);
        Assert.Equal(type != "ValidationException" && !message.StartsWith("$LATEST"), answer.Has("Type"));
    }

    [Fact]
    public async Task Names_are_unique_and_revisions_guard()
    {
        await WithVersionsAsync("guard");
        var created = await server.PostAsync(PathOf("guard"), Body("""{"Name":"a","FunctionVersion":"1"}"""));

        (await server.PostAsync(PathOf("guard"), Body("""{"Name":"a","FunctionVersion":"1"}""")))
            .IsRefusedWith(409, "ResourceConflictException", $"Alias already exists: {FunctionsServer.ArnOf("guard")}:a");
        (await server.PutAsync(PathOf("guard", "a"), Body("""{"RevisionId":"old"}"""))).IsRefusedWith(412, "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id");
        var current = new JsonObject { ["RevisionId"] = created.Text("RevisionId"), ["FunctionVersion"] = "2" };
        Assert.Equal("2", (await server.PutAsync(PathOf("guard", "a"), current)).Text("FunctionVersion"));
        (await server.PostAsync(PathOf("nowhere"), Body("""{"Name":"a","FunctionVersion":"1"}""")))
            .IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {FunctionsServer.ArnOf("nowhere")}:1");
    }

    [Fact]
    public async Task Versions_with_different_roles_share_no_alias()
    {
        await WithVersionsAsync("roles");
        await server.PutAsync("/2015-03-31/functions/roles/configuration", Body("""{"Role":"arn:aws:iam::123456789012:role/other"}"""));
        await server.SettledAsync("roles");
        await server.PostAsync("/2015-03-31/functions/roles/versions", new JsonObject());

        var answer = await server.PostAsync(PathOf("roles"),
            Body("""{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"3":0.5}}}"""));

        answer.IsRefusedWith(400, "InvalidParameterValueException", "Specified versions must be associated with the same execution role");
    }

    [Fact]
    public async Task Aliases_are_listed_by_name_in_pages_and_by_version()
    {
        await WithVersionsAsync("listed");
        foreach (var (name, version) in new[] { ("c", "1"), ("a", "1"), ("b", "2"), ("B", "1") })
            await server.PostAsync(PathOf("listed"), new JsonObject { ["Name"] = name, ["FunctionVersion"] = version });

        var first = await server.GetAsync(PathOf("listed") + "?MaxItems=3");
        var second = await server.GetAsync(PathOf("listed") + $"?MaxItems=3&Marker={first.Text("NextMarker")}");
        var ofOne = await server.GetAsync(PathOf("listed") + "?FunctionVersion=1");

        Assert.Equal(["B", "a", "b"], Names(first));
        Assert.Equal(["c"], Names(second));
        Assert.False(second.Has("NextMarker"));
        Assert.Equal(["B", "a", "c"], Names(ofOne));
        (await server.GetAsync(PathOf("nowhere"))).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {FunctionsServer.ArnOf("nowhere")}");

        static IEnumerable<string> Names(Answer answer) =>
            answer.Json.GetProperty("Aliases").EnumerateArray().Select(alias => alias.GetProperty("Name").GetString()!);
    }

    [Fact]
    public async Task A_version_behind_an_alias_cannot_be_deleted()
    {
        await WithVersionsAsync("kept");
        await server.PostAsync(PathOf("kept"),
            Body("""{"Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.2}}}"""));

        foreach (var version in new[] { "1", "2" })
            (await server.DeleteAsync($"/2015-03-31/functions/kept?Qualifier={version}"))
                .IsRefusedWith(409, "ResourceConflictException", "Unable to delete version because the following aliases reference it: [live]");
        await server.PostAsync(PathOf("kept"), Body("""{"Name":"blue","FunctionVersion":"1"}"""));
        (await server.DeleteAsync("/2015-03-31/functions/kept?Qualifier=1"))
            .IsRefusedWith(409, "ResourceConflictException", "Unable to delete version because the following aliases reference it: [blue, live]");
        await server.DeleteAsync(PathOf("kept", "blue"));
        await server.DeleteAsync(PathOf("kept", "live"));

        Assert.Equal(204, (await server.DeleteAsync("/2015-03-31/functions/kept?Qualifier=1")).Status);
        Assert.Equal([2], server.Catalog.Find(new Pilotlight.Functions.FunctionKey(FunctionsServer.Account, FunctionsServer.Region, "kept"))!.Published.Keys);
    }

    [Fact]
    public async Task A_function_is_deleted_with_its_aliases()
    {
        await WithVersionsAsync("whole");
        await server.PostAsync(PathOf("whole"), Body("""{"Name":"live","FunctionVersion":"1"}"""));

        Assert.Equal(204, (await server.DeleteAsync("/2015-03-31/functions/whole")).Status);
        await WithVersionsAsync("whole");

        Assert.Equal("""{"Aliases":[]}""", (await server.GetAsync(PathOf("whole"))).Body);
    }
}
