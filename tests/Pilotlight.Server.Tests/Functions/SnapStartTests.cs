using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

/// <summary>SnapStart as the API shows it: a setting, the states of published versions, and what excludes it.</summary>
public sealed class SnapStartTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    [Fact]
    public async Task Is_on_for_published_versions_and_off_for_LATEST()
    {
        await server.CreateActiveAsync("snap", body => body["SnapStart"] = On());

        var published = await server.PostAsync("/2015-03-31/functions/snap/versions", new JsonObject());

        Assert.Equal(201, published.Status);
        Assert.Equal("""{"ApplyOn":"PublishedVersions","OptimizationStatus":"On"}""", published.Json.GetProperty("SnapStart").GetRawText());
        Assert.Equal(("Pending", "Creating"), (published.Text("State"), published.Text("StateReasonCode")));
        await server.SettledAsync("snap");
        var version = await server.GetAsync("/2015-03-31/functions/snap/configuration?Qualifier=1");
        Assert.Equal(("Active", "Successful"), (version.Text("State"), version.Text("LastUpdateStatus")));
        Assert.Equal("""{"ApplyOn":"PublishedVersions","OptimizationStatus":"On"}""", version.Json.GetProperty("SnapStart").GetRawText());
        var latest = await server.GetAsync("/2015-03-31/functions/snap/configuration");
        Assert.Equal("""{"ApplyOn":"PublishedVersions","OptimizationStatus":"Off"}""", latest.Json.GetProperty("SnapStart").GetRawText());

        await server.PutAsync("/2015-03-31/functions/snap/configuration", new JsonObject { ["SnapStart"] = new JsonObject { ["ApplyOn"] = "None" } });
        await server.SettledAsync("snap");
        await server.PostAsync("/2015-03-31/functions/snap/versions", new JsonObject());
        var without = await server.GetAsync("/2015-03-31/functions/snap/configuration?Qualifier=2");
        Assert.Equal("""{"ApplyOn":"None","OptimizationStatus":"Off"}""", without.Json.GetProperty("SnapStart").GetRawText());
    }

    [Theory]
    [InlineData("nodejs22.x", """{"Runtime":"nodejs22.x"}""")]
    [InlineData("python3.11", """{"Runtime":"python3.11"}""")]
    [InlineData("provided.al2023", """{"Runtime":"provided.al2023"}""")]
    [InlineData("EphemeralStorage above 512 MB", """{"EphemeralStorage":{"Size":513}}""")]
    [InlineData("FileSystemConfigs", """{"FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0","LocalMountPath":"/mnt/data"}],"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}}""")]
    public async Task Is_refused_together_with(string what, string settings)
    {
        var body = FunctionsServer.Minimal("no-snap");
        body["SnapStart"] = On();
        foreach (var (name, value) in JsonNode.Parse(settings)!.AsObject())
            body[name] = value!.DeepClone();

        (await server.CreateAsync(body)).IsRefusedWith(400, "InvalidParameterValueException", $"{what} is not supported for SnapStart enabled functions.");
    }

    static JsonObject On() => new() { ["ApplyOn"] = "PublishedVersions" };
}
