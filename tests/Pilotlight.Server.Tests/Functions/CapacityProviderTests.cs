using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

public sealed class CapacityProviderTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    const string Path = "/2025-11-30/capacity-providers";

    static string ArnOf(string name) => $"arn:aws:lambda:{FunctionsServer.Region}:{FunctionsServer.Account}:capacity-provider:{name}";

    static JsonObject Body(string name) => new()
    {
        ["CapacityProviderName"] = name,
        ["VpcConfig"] = JsonNode.Parse("""{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}"""),
        ["PermissionsConfig"] = new JsonObject { ["CapacityProviderOperatorRoleArn"] = FunctionsServer.Role },
    };

    async Task<string> CreateAsync(string name)
    {
        Assert.Equal(202, (await server.PostAsync(Path, Body(name))).Status);
        return ArnOf(name);
    }

    async Task<string> CreateFunctionAsync(string name, string provider) => await server.CreateActiveAsync(name, body => body["CapacityProviderConfig"] =
        JsonNode.Parse($$$"""{"LambdaManagedInstancesCapacityProviderConfig":{"CapacityProviderArn":"{{{ArnOf(provider)}}}"}}"""));

    [Fact]
    public async Task The_life_of_a_capacity_provider()
    {
        var created = (await server.PostAsync(Path, Body("life"))).Json.GetProperty("CapacityProvider");
        Assert.Equal((ArnOf("life"), "Pending"), (created.GetProperty("CapacityProviderArn").GetString(), created.GetProperty("State").GetString()));
        Assert.Equal("""{"MaxVCpuCount":400,"ScalingMode":"Auto"}""", created.GetProperty("CapacityProviderScalingConfig").GetRawText());
        Assert.Equal("2026-01-02T03:04:05.678+0000", created.GetProperty("LastModified").GetString());

        var got = await server.GetAsync($"{Path}/life");
        Assert.Equal("Active", got.Json.GetProperty("CapacityProvider").GetProperty("State").GetString());
        Assert.Equal(got.Body, (await server.GetAsync($"{Path}/{Uri.EscapeDataString(ArnOf("life"))}")).Body);

        var updated = await server.PutAsync($"{Path}/life", JsonNode.Parse("""{"CapacityProviderScalingConfig":{"MaxVCpuCount":12}}""")!);
        Assert.Equal((202, """{"MaxVCpuCount":12,"ScalingMode":"Auto"}"""),
            (updated.Status, updated.Json.GetProperty("CapacityProvider").GetProperty("CapacityProviderScalingConfig").GetRawText()));

        (await server.PostAsync(Path, Body("life"))).IsRefusedWith(409, "ResourceConflictException", $"Capacity provider already exists: {ArnOf("life")}");
        var deleted = await server.DeleteAsync($"{Path}/life");
        Assert.Equal((202, "Deleting"), (deleted.Status, deleted.Json.GetProperty("CapacityProvider").GetProperty("State").GetString()));
        (await server.GetAsync($"{Path}/life")).IsRefusedWith(404, "ResourceNotFoundException", $"Capacity provider not found: {ArnOf("life")}");
    }

    [Theory]
    [InlineData("VpcConfig", """{"SubnetIds":[],"SecurityGroupIds":[]}""",
        "1 validation error detected: Value '[]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("CapacityProviderScalingConfig", """{"MaxVCpuCount":1}""",
        "1 validation error detected: Value '1' at 'capacityProviderScalingConfig.maxVCpuCount' failed to satisfy constraint: Member must have value greater than or equal to 2")]
    public async Task Refuses_what_the_model_does_not_know(string member, string value, string message)
    {
        var body = Body("refused");
        body[member] = JsonNode.Parse(value);

        (await server.PostAsync(Path, body)).IsRefusedWith(400, "ValidationException", message);
    }

    [Fact]
    public async Task Is_listed_and_tagged_and_survives_a_restart()
    {
        var first = new FunctionsServer();
        await first.InitializeAsync();
        foreach (var name in new[] { "b", "a", "c" })
            await first.PostAsync(Path, Body(name));
        Assert.Equal(204, (await first.PostAsync($"/2017-03-31/tags/{Uri.EscapeDataString(ArnOf("a"))}", JsonNode.Parse("""{"Tags":{"k":"v"}}""")!)).Status);
        await first.StopAsync();
        await using var second = new FunctionsServer { DataFolder = first.DataFolder };
        await second.InitializeAsync();

        var page = await second.GetAsync($"{Path}?MaxItems=2");
        var rest = await second.GetAsync($"{Path}?MaxItems=2&Marker={page.Text("NextMarker")}");

        Assert.Equal([ArnOf("a"), ArnOf("b")], Arns(page));
        Assert.Equal([ArnOf("c")], Arns(rest));
        Assert.False(rest.Has("NextMarker"));
        Assert.Equal("""{"Tags":{"k":"v"}}""", (await second.GetAsync($"/2017-03-31/tags/{Uri.EscapeDataString(ArnOf("a"))}")).Body);

        static IEnumerable<string> Arns(Answer answer) =>
            answer.Json.GetProperty("CapacityProviders").EnumerateArray().Select(provider => provider.GetProperty("CapacityProviderArn").GetString()!);
    }

    [Fact]
    public async Task A_function_on_it_has_its_defaults_and_is_published_to_run()
    {
        await CreateAsync("placed");
        await CreateFunctionAsync("on-instances", "placed");

        var latest = await server.GetAsync("/2015-03-31/functions/on-instances/configuration");
        Assert.Equal(("ActiveNonInvocable", "Successful", 2048), (latest.Text("State"), latest.Text("LastUpdateStatus"), latest.Json.GetProperty("MemorySize").GetInt32()));
        Assert.False(latest.Has("SnapStart"));
        Assert.Equal("""{"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"INFO","LogGroup":"/aws/lambda/on-instances"}""", latest.Json.GetProperty("LoggingConfig").GetRawText());
        var config = latest.Json.GetProperty("CapacityProviderConfig").GetProperty("LambdaManagedInstancesCapacityProviderConfig");
        Assert.Equal((16, "2.0"), (config.GetProperty("PerExecutionEnvironmentMaxConcurrency").GetInt32(), config.GetProperty("ExecutionEnvironmentMemoryGiBPerVCpu").GetRawText()));

        var published = await server.PostAsync("/2015-03-31/functions/on-instances/versions", new JsonObject { ["PublishTo"] = "LATEST_PUBLISHED" });
        var numbered = await server.PostAsync("/2015-03-31/functions/on-instances/versions", new JsonObject());
        await server.SettledAsync("on-instances");
        Assert.Equal((201, "$LATEST.PUBLISHED", FunctionsServer.ArnOf("on-instances") + ":$LATEST.PUBLISHED"), (published.Status, published.Text("Version"), published.Text("FunctionArn")));
        Assert.Equal("Active", (await server.GetAsync("/2015-03-31/functions/on-instances/configuration?Qualifier=%24LATEST.PUBLISHED")).Text("State"));
        Assert.Equal("1", numbered.Text("Version"));
        var versions = await server.GetAsync("/2015-03-31/functions/on-instances/versions");
        Assert.Equal(["$LATEST", "$LATEST.PUBLISHED", "1"], versions.Json.GetProperty("Versions").EnumerateArray().Select(version => version.GetProperty("Version").GetString()!));

        var placed = await server.GetAsync($"{Path}/placed/function-versions");
        Assert.Equal([FunctionsServer.ArnOf("on-instances") + ":$LATEST.PUBLISHED", FunctionsServer.ArnOf("on-instances") + ":1"],
            placed.Json.GetProperty("FunctionVersions").EnumerateArray().Select(version => version.GetProperty("FunctionArn").GetString()!));
        Assert.Equal(409, (await server.DeleteAsync($"{Path}/placed")).Status);
        Assert.Equal(202, (await server.DeleteAsync("/2015-03-31/functions/on-instances")).Status);
        Assert.Equal(202, (await server.DeleteAsync($"{Path}/placed")).Status);
    }

    [Fact]
    public async Task Its_environments_are_bounded_by_version()
    {
        await CreateAsync("scaled");
        await CreateFunctionAsync("scaling", "scaled");
        await server.PostAsync("/2015-03-31/functions/scaling/versions", new JsonObject());
        await server.SettledAsync("scaling");
        const string path = "/2025-11-30/functions/scaling/function-scaling-config";

        var put = await server.PutAsync(path + "?Qualifier=1", JsonNode.Parse("""{"FunctionScalingConfig":{"MinExecutionEnvironments":1,"MaxExecutionEnvironments":4}}""")!);
        Assert.Equal((202, """{"FunctionState":"Active"}"""), (put.Status, put.Body));
        var got = await server.GetAsync(path + "?Qualifier=1");
        Assert.Equal(FunctionsServer.ArnOf("scaling") + ":1", got.Text("FunctionArn"));
        foreach (var member in new[] { "AppliedFunctionScalingConfig", "RequestedFunctionScalingConfig" })
            Assert.Equal("""{"MinExecutionEnvironments":1,"MaxExecutionEnvironments":4}""", got.Json.GetProperty(member).GetRawText());

        (await server.GetAsync(path)).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value null at 'qualifier' failed to satisfy constraint: Member must not be null");
        (await server.GetAsync(path + "?Qualifier=9")).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {FunctionsServer.ArnOf("scaling")}:9");
    }

    [Fact]
    public async Task Runtimes_and_ordinary_functions_are_refused_in_AWSs_words()
    {
        await CreateAsync("picky");
        var config = JsonNode.Parse($$$"""{"LambdaManagedInstancesCapacityProviderConfig":{"CapacityProviderArn":"{{{ArnOf("picky")}}}"}}""")!;
        var old = FunctionsServer.Minimal("too-old");
        old["Runtime"] = "python3.12";
        old["CapacityProviderConfig"] = config.DeepClone();
        await server.CreateActiveAsync("ordinary");

        (await server.CreateAsync(old)).IsRefusedWith(400, "InvalidParameterValueException", "Runtime Enum python3.12 does not support specified feature: Lambda Managed Instances");
        (await server.PutAsync("/2015-03-31/functions/ordinary/configuration", new JsonObject { ["CapacityProviderConfig"] = config.DeepClone() }))
            .IsRefusedWith(400, "InvalidParameterValueException", "CapacityProviderConfig isn't supported for Lambda Default functions.");
        (await server.PostAsync("/2015-03-31/functions/ordinary/versions", new JsonObject { ["PublishTo"] = "LATEST_PUBLISHED" }))
            .IsRefusedWith(400, "InvalidParameterValueException", "PublishTo isn't supported for Lambda Default functions.");
    }

    [Fact]
    public async Task Durable_and_tenant_settings_are_stored_and_shown()
    {
        await server.CreateActiveAsync("settings", body =>
        {
            body["DurableConfig"] = JsonNode.Parse("""{"ExecutionTimeout":60}""");
            body["TenancyConfig"] = JsonNode.Parse("""{"TenantIsolationMode":"PER_TENANT"}""");
        });

        var changed = await server.PutAsync("/2015-03-31/functions/settings/configuration", JsonNode.Parse("""{"DurableConfig":{"RetentionPeriodInDays":3}}""")!);

        Assert.Equal("""{"RetentionPeriodInDays":3,"ExecutionTimeout":60}""", changed.Json.GetProperty("DurableConfig").GetRawText());
        Assert.Equal("""{"TenantIsolationMode":"PER_TENANT"}""", changed.Json.GetProperty("TenancyConfig").GetRawText());
    }
}
