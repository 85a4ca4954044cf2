using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

public sealed class TagTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    static string PathOf(string name) => $"/2017-03-31/tags/{Uri.EscapeDataString(FunctionsServer.ArnOf(name))}";

    static JsonNode Tags(params string[] keys) => new JsonObject { ["Tags"] = new JsonObject(keys.Select(key => KeyValuePair.Create(key, (JsonNode?)$"{key}!"))) };

    [Fact]
    public async Task Tags_are_added_replaced_and_removed_and_change_the_revision()
    {
        await server.CreateActiveAsync("tagged");
        var before = (await server.GetAsync("/2015-03-31/functions/tagged/configuration")).Text("RevisionId");

        Assert.Equal("""{"Tags":{}}""", (await server.GetAsync(PathOf("tagged"))).Body);
        Assert.Equal((204, ""), await Sent(server.PostAsync(PathOf("tagged"), Tags("a", "b", "c"))));
        Assert.NotEqual(before, (await server.GetAsync("/2015-03-31/functions/tagged/configuration")).Text("RevisionId"));
        Assert.Equal((204, ""), await Sent(server.DeleteAsync(PathOf("tagged") + "?tagKeys=a&tagKeys=c&tagKeys=unknown")));
        Assert.Equal("""{"Tags":{"b":"b!"}}""", (await server.GetAsync(PathOf("tagged"))).Body);

        static async Task<(int, string)> Sent(Task<Answer> answer) => ((await answer).Status, (await answer).Body);
    }

    [Fact]
    public async Task A_literal_ARN_in_the_path_is_understood_too()
    {
        await server.CreateActiveAsync("literal");

        Assert.Equal(200, (await server.GetAsync($"/2017-03-31/tags/{FunctionsServer.ArnOf("literal")}")).Status);
    }

    [Fact]
    public async Task The_limit_counts_old_and_new_keys()
    {
        await server.CreateActiveAsync("fifty");
        Assert.Equal(204, (await server.PostAsync(PathOf("fifty"), Tags([.. Enumerable.Range(0, 50).Select(n => $"k{n}")]))).Status);

        Assert.Equal(204, (await server.PostAsync(PathOf("fifty"), Tags("k7"))).Status);
        (await server.PostAsync(PathOf("fifty"), Tags("one-more"))).IsRefusedWith(400, "InvalidParameterValueException", "Number of tags exceeds resource tag limit.");
    }

    [Fact]
    public async Task Refuses_in_AWSs_words()
    {
        await server.CreateActiveAsync("words");
        var nowhere = FunctionsServer.ArnOf("nowhere");

        (await server.PostAsync(PathOf("nowhere:1"), Tags("a"))).IsRefusedWith(400, "InvalidParameterValueException", "Tags on function aliases and versions are not supported. Please specify a function ARN.");
        (await server.PostAsync(PathOf("nowhere"), Tags("a"))).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {nowhere}");
        (await server.GetAsync(PathOf("nowhere"))).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {nowhere}");
        (await server.PostAsync(PathOf("words"), Tags())).IsRefusedWith(400, "InvalidParameterValueException", "An error occurred and the request cannot be processed.");
        (await server.PostAsync(PathOf("words"), new JsonObject())).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null");
        (await server.DeleteAsync(PathOf("words"))).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null");
        Assert.StartsWith("1 validation error detected: Value 'words' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:(eusc-)?", (await server.GetAsync("/2017-03-31/tags/words")).Message);
    }
}
