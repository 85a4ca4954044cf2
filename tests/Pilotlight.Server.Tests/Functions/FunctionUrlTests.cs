using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pilotlight.Tests.Functions;

/// <summary>The operations on function URLs: shapes, rules and refusals as AWS has them.</summary>
public sealed partial class FunctionUrlTests : IAsyncLifetime
{
    const string Root = "/2021-10-31/functions";

    readonly FunctionsServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_new_URL_shows_what_was_set_and_no_more()
    {
        var name = await _server.CreateActiveAsync("one");
        var created = await CreateAsync(name, new JsonObject { ["AuthType"] = "NONE" });
        Assert.Equal(201, created.Status);
        Assert.Matches(UrlPattern(), created.Text("FunctionUrl"));
        Assert.Equal(FunctionsServer.ArnOf(name), created.Text("FunctionArn"));
        Assert.Equal("NONE", created.Text("AuthType"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$", created.Text("CreationTime"));
        Assert.False(created.Has("Cors") || created.Has("InvokeMode") || created.Has("LastModifiedTime"));
        var shown = await _server.GetAsync($"{Root}/{name}/url");
        Assert.Equal(created.Text("FunctionUrl"), shown.Text("FunctionUrl"));
        Assert.Equal("BUFFERED", shown.Text("InvokeMode"));
        Assert.Equal(created.Text("CreationTime"), shown.Text("LastModifiedTime"));
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_keeps_the_URL()
    {
        var name = await _server.CreateActiveAsync("one");
        var url = (await CreateAsync(name, new JsonObject { ["AuthType"] = "AWS_IAM", ["InvokeMode"] = "RESPONSE_STREAM" })).Text("FunctionUrl");
        var cors = new JsonObject { ["AllowOrigins"] = new JsonArray("https://a.example"), ["MaxAge"] = 10 };
        var updated = await _server.PutAsync($"{Root}/{name}/url", new JsonObject { ["Cors"] = cors });
        Assert.Equal((200, url, "AWS_IAM", "RESPONSE_STREAM"), (updated.Status, updated.Text("FunctionUrl"), updated.Text("AuthType"), updated.Text("InvokeMode")));
        Assert.Equal("{\"AllowOrigins\":[\"https://a.example\"],\"MaxAge\":10}", updated.Json.GetProperty("Cors").GetRawText());
        Assert.True(updated.Has("LastModifiedTime"));
        Assert.True((await _server.PutAsync($"{Root}/{name}/url", new JsonObject { ["AuthType"] = "NONE" })).Has("Cors"));
        Assert.False((await _server.PutAsync($"{Root}/{name}/url", new JsonObject { ["Cors"] = new JsonObject() })).Has("Cors"));
    }

    [Fact]
    public async Task A_function_and_each_alias_may_have_one_URL_and_it_dies_with_them()
    {
        var name = await _server.CreateActiveAsync("one");
        await _server.PostAsync($"/2015-03-31/functions/{name}/versions", new JsonObject());
        await _server.PostAsync($"/2015-03-31/functions/{name}/aliases", new JsonObject { ["Name"] = "live", ["FunctionVersion"] = "1" });
        await CreateAsync(name, new JsonObject { ["AuthType"] = "NONE" });
        var ofAlias = await CreateAsync($"{name}:live", new JsonObject { ["AuthType"] = "NONE" });
        Assert.Equal($"{FunctionsServer.ArnOf(name)}:live", ofAlias.Text("FunctionArn"));
        (await CreateAsync(name, new JsonObject { ["AuthType"] = "NONE" }, "?Qualifier=live")).IsRefusedWith(
            409, "ResourceConflictException",
            $"Failed to create function url config for [functionArn = {FunctionsServer.ArnOf(name)}:live]. Error message:  FunctionUrlConfig exists for this Lambda function");
        var listed = await _server.GetAsync($"{Root}/{name}/urls?MaxItems=1");
        Assert.Equal(FunctionsServer.ArnOf(name), listed.Json.GetProperty("FunctionUrlConfigs")[0].GetProperty("FunctionArn").GetString());
        var second = await _server.GetAsync($"{Root}/{name}/urls?Marker={listed.Text("NextMarker")}");
        Assert.Equal(ofAlias.Text("FunctionArn"), second.Json.GetProperty("FunctionUrlConfigs")[0].GetProperty("FunctionArn").GetString());
        Assert.False(second.Has("NextMarker"));

        await _server.DeleteAsync($"/2015-03-31/functions/{name}/aliases/live");
        (await _server.GetAsync($"{Root}/{name}/url?Qualifier=live")).IsRefusedWith(
            404, "ResourceNotFoundException", "The resource you requested does not exist.");
        Assert.Equal(204, (await _server.DeleteAsync($"{Root}/{name}/url")).Status);
        Assert.Equal("{\"FunctionUrlConfigs\":[]}", (await _server.GetAsync($"{Root}/{name}/urls")).Body);
    }

    [Fact]
    public async Task What_is_not_there_is_refused_in_AWSs_words()
    {
        const string noFunction = "Function does not exist";
        const string noUrl = "The resource you requested does not exist.";
        var body = new JsonObject { ["AuthType"] = "NONE" };
        (await CreateAsync("none", body.DeepClone())).IsRefusedWith(404, "ResourceNotFoundException", noFunction);
        (await _server.PutAsync($"{Root}/none/url", body.DeepClone())).IsRefusedWith(404, "ResourceNotFoundException", noFunction);
        (await _server.GetAsync($"{Root}/none/urls")).IsRefusedWith(404, "ResourceNotFoundException", noFunction);
        (await _server.GetAsync($"{Root}/none/url")).IsRefusedWith(404, "ResourceNotFoundException", noUrl);
        (await _server.DeleteAsync($"{Root}/none/url")).IsRefusedWith(404, "ResourceNotFoundException", noUrl);
        var name = await _server.CreateActiveAsync("one");
        (await CreateAsync(name, body.DeepClone(), "?Qualifier=nothing")).IsRefusedWith(404, "ResourceNotFoundException", noFunction);
        (await CreateAsync($"{name}:1", body.DeepClone())).IsRefusedWith(404, "ResourceNotFoundException", noFunction);
        (await _server.PutAsync($"{Root}/{name}/url", body.DeepClone())).IsRefusedWith(404, "ResourceNotFoundException", noUrl);
        (await _server.DeleteAsync($"{Root}/{name}/url")).IsRefusedWith(404, "ResourceNotFoundException", noUrl);
    }

    [Theory]
    [InlineData("{}", "", "Value null at 'authType' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"AuthType":"SOME"}""", "", "Value 'SOME' at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]")]
    [InlineData("""{"AuthType":"NONE"}""", "?Qualifier=1", "Value '1' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)")]
    [InlineData("""{"AuthType":"NONE"}""", "?Qualifier=$LATEST", "Value '$LATEST' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)")]
    [InlineData("""{"AuthType":"NONE","Cors":{"MaxAge":86401}}""", "", "Value '86401' at 'cors.maxAge' failed to satisfy constraint: Member must have value less than or equal to 86400")]
    [InlineData("""{"AuthType":"NONE","InvokeMode":"X"}""", "", "Value 'X' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]")]
    public async Task What_the_model_does_not_allow_is_refused(string body, string query, string violation)
    {
        var name = await _server.CreateActiveAsync("one");
        (await CreateAsync(name, JsonNode.Parse(body)!, query)).IsRefusedWith(400, "ValidationException", $"1 validation error detected: {violation}");
    }

    [Fact]
    public async Task Only_methods_that_exist_may_be_allowed()
    {
        var name = await _server.CreateActiveAsync("one");
        var answer = await CreateAsync(name, JsonNode.Parse("""{"AuthType":"NONE","Cors":{"AllowMethods":["GET","FETCH"]}}""")!);
        Assert.Equal((400, "InvalidParameterValueException"), (answer.Status, answer.ErrorType));
    }

    [Fact]
    public async Task URLs_survive_a_restart()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-urls-{Guid.NewGuid():n}");
        var first = new FunctionsServer { DataFolder = folder };
        await first.InitializeAsync();
        await first.CreateActiveAsync("one");
        var created = await first.PostAsync($"{Root}/one/url", JsonNode.Parse("""{"AuthType":"AWS_IAM","Cors":{"AllowHeaders":["a"]}}""")!);
        await first.StopAsync();
        await using var second = new FunctionsServer { DataFolder = folder };
        await second.InitializeAsync();
        var shown = await second.GetAsync($"{Root}/one/url");
        Assert.Equal(new Uri(created.Text("FunctionUrl")).Host, new Uri(shown.Text("FunctionUrl")).Host);
        Assert.Equal(created.Text("CreationTime"), shown.Text("CreationTime"));
        Assert.Equal("{\"AllowHeaders\":[\"a\"]}", shown.Json.GetProperty("Cors").GetRawText());
    }

    Task<Answer> CreateAsync(string name, JsonNode body, string query = "") => _server.PostAsync($"{Root}/{name}/url{query}", body);

    [GeneratedRegex(@"^http://[0-9a-z]{32}\.lambda-url\.eu-central-1\.localhost:\d+/$")]
    private static partial Regex UrlPattern();
}
