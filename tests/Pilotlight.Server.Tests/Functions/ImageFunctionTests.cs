using System.Text.Json.Nodes;
using Pilotlight.Functions;

namespace Pilotlight.Tests.Functions;

public sealed class ImageFunctionTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    const string Uri = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/worker:v1";
    static readonly string s_digest = new('a', 64);

    static JsonObject Image(string name, string uri = Uri) => new()
    {
        ["FunctionName"] = name,
        ["PackageType"] = "Image",
        ["Role"] = FunctionsServer.Role,
        ["Code"] = new JsonObject { ["ImageUri"] = uri },
    };

    [Fact]
    public async Task Is_shown_without_what_only_zips_have()
    {
        var body = Image("image");
        body["ImageConfig"] = JsonNode.Parse("""{"Command":["app.handler"],"WorkingDirectory":"/w"}""");

        var created = await server.CreateAsync(body);
        await server.SettledAsync("image");
        var got = await server.GetAsync("/2015-03-31/functions/image");
        var shown = got.Json.GetProperty("Configuration");

        Assert.Equal((201, "Image", "Pending", 0), (created.Status, created.Text("PackageType"), created.Text("State"), created.Json.GetProperty("CodeSize").GetInt32()));
        foreach (var absent in new[] { "Runtime", "Handler", "RuntimeVersionConfig" })
            Assert.False(shown.TryGetProperty(absent, out _), absent);
        Assert.Equal("Active", shown.GetProperty("State").GetString());
        Assert.Equal("""{"ImageConfig":{"Command":["app.handler"],"WorkingDirectory":"/w"}}""", shown.GetProperty("ImageConfigResponse").GetRawText());
        Assert.Equal(("ECR", Uri), (got.Json.GetProperty("Code").GetProperty("RepositoryType").GetString(), got.Json.GetProperty("Code").GetProperty("ImageUri").GetString()));
        Assert.Equal($"123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/worker@sha256:{shown.GetProperty("CodeSha256").GetString()}",
            got.Json.GetProperty("Code").GetProperty("ResolvedImageUri").GetString());
    }

    [Fact]
    public async Task Its_configuration_is_replaced_and_taken_away()
    {
        var body = Image("image-config");
        body["ImageConfig"] = JsonNode.Parse("""{"Command":["a"],"EntryPoint":["b"]}""");
        await server.CreateAsync(body);
        await server.SettledAsync("image-config");

        var replaced = await UpdateAsync("""{"ImageConfig":{"WorkingDirectory":"/w"}}""");
        Assert.Equal("""{"ImageConfig":{"WorkingDirectory":"/w"}}""", replaced.Json.GetProperty("ImageConfigResponse").GetRawText());
        Assert.True((await UpdateAsync("""{"Description":"d"}""")).Has("ImageConfigResponse"));
        Assert.False((await UpdateAsync("""{"ImageConfig":{}}""")).Has("ImageConfigResponse"));
        (await server.PutAsync("/2015-03-31/functions/image-config/configuration", JsonNode.Parse("""{"Handler":"a.b"}""")!))
            .IsRefusedWith(400, "InvalidParameterValueException", "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.");

        async Task<Answer> UpdateAsync(string update)
        {
            var answer = await server.PutAsync("/2015-03-31/functions/image-config/configuration", JsonNode.Parse(update)!);
            Assert.Equal(200, answer.Status);
            await server.SettledAsync("image-config");
            return answer;
        }
    }

    [Fact]
    public async Task Its_code_is_another_image_and_never_a_zip()
    {
        await server.CreateAsync(Image("image-code"));
        await server.SettledAsync("image-code");
        const string path = "/2015-03-31/functions/image-code/code";

        (await server.PutAsync(path, new JsonObject { ["ZipFile"] = Convert.ToBase64String(Zips.Of(("a", "b"))) }))
            .IsRefusedWith(400, "InvalidParameterValueException", "Please provide ImageUri when updating a function with packageType Image.");
        var answer = await server.PutAsync(path, new JsonObject { ["ImageUri"] = $"registry.example/i@sha256:{s_digest}", ["Publish"] = true });
        var function = await server.SettledAsync("image-code");

        Assert.Equal((200, "1", s_digest), (answer.Status, answer.Text("Version"), answer.Text("CodeSha256")));
        Assert.Equal(("Active", "Active"), (function.Latest.State, function.Published[1].State));
    }

    [Theory]
    [InlineData("")]
    [InlineData("image")]
    [InlineData("UPPER.example/Image")]
    [InlineData("host/i@sha256:abc")]
    [InlineData("host/i:tag:tag")]
    [InlineData("host/i\n")]
    public async Task Refuses_what_names_no_image(string uri)
    {
        var answer = await server.CreateAsync(Image("no-image", uri));

        answer.IsRefusedWith(400, "InvalidParameterValueException", uri.Length == 0
            ? "Please provide ImageUri when creating a function with packageType Image."
            : $"Source image {uri} is not valid. Provide a valid source image.");
    }

    [Fact]
    public async Task Survives_a_restart_without_a_package()
    {
        var first = new FunctionsServer();
        await first.InitializeAsync();
        await first.CreateAsync(Image("kept"));
        var before = await first.SettledAsync("kept");
        await first.StopAsync();

        await using var second = new FunctionsServer { DataFolder = first.DataFolder };
        await second.InitializeAsync();

        Assert.Equal(before.Latest, second.Catalog.Find(before.Key)!.Latest);
        Assert.Equal(204, (await second.DeleteAsync("/2015-03-31/functions/kept")).Status);
    }

    [Fact]
    public void What_cannot_be_run_says_so()
    {
        var zip = Versions.Of("00");

        Assert.Null(zip.NotRunnable);
        Assert.NotNull((zip with { ImageUri = Uri }).NotRunnable);
        Assert.NotNull((zip with { Durable = new DurableConfig(14, 60) }).NotRunnable);
        Assert.NotNull((zip with { CapacityProvider = new CapacityProviderConfig(new ManagedInstancesConfig("arn", 1, 2)) }).NotRunnable);
    }
}
