using System.Text.Json.Nodes;

namespace Pilotlight.Tests.Functions;

public sealed class RuntimeSettingsTests(FunctionsServer server) : IClassFixture<FunctionsServer>
{
    const string Pinned = $"arn:aws:lambda:{FunctionsServer.Region}::runtime:07a48df201798d627f2b950f03bb227aab4a655a1d019c3296406f95937e2525";

    static string Runtime(string name) => $"/2021-07-20/functions/{name}/runtime-management-config";

    static string Recursion(string name) => $"/2024-08-31/functions/{name}/recursion-config";

    static JsonNode Parse(string json) => JsonNode.Parse(json)!;

    [Fact]
    public async Task A_version_has_the_runtime_management_of_the_time_it_was_published_and_its_own_from_then_on()
    {
        await server.CreateActiveAsync("managed");
        var arn = FunctionsServer.ArnOf("managed");

        Assert.Equal($$"""{"UpdateRuntimeOn":"Auto","FunctionArn":"{{arn}}"}""", (await server.GetAsync(Runtime("managed"))).Body);
        Assert.Equal($$"""{"UpdateRuntimeOn":"Manual","FunctionArn":"{{arn}}","RuntimeVersionArn":"{{Pinned}}"}""",
            (await server.PutAsync(Runtime("managed"), Parse($$"""{"UpdateRuntimeOn":"Manual","RuntimeVersionArn":"{{Pinned}}"}"""))).Body);
        await server.PostAsync("/2015-03-31/functions/managed/versions", new JsonObject());
        await server.PutAsync(Runtime("managed"), Parse("""{"UpdateRuntimeOn":"FunctionUpdate"}"""));
        Assert.Equal("1", (await server.PostAsync("/2015-03-31/functions/managed/versions", new JsonObject())).Text("Version"));

        Assert.Equal("Manual", (await server.GetAsync(Runtime("managed") + "?Qualifier=1")).Text("UpdateRuntimeOn"));
        Assert.Equal("FunctionUpdate", (await server.GetAsync(Runtime("managed"))).Text("UpdateRuntimeOn"));
        Assert.Equal("Auto", (await server.PutAsync(Runtime("managed") + "?Qualifier=1", Parse("""{"UpdateRuntimeOn":"Auto"}"""))).Text("UpdateRuntimeOn"));
        Assert.Equal($$"""{"UpdateRuntimeOn":"Auto","FunctionArn":"{{arn}}:1"}""", (await server.GetAsync(Runtime("managed") + "?Qualifier=1")).Body);
    }

    [Fact]
    public async Task Runtime_management_refuses_in_AWSs_words()
    {
        await server.CreateActiveAsync("unmanaged");

        (await server.GetAsync(Runtime("nowhere"))).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {FunctionsServer.ArnOf("nowhere")}");
        (await server.PutAsync(Runtime("unmanaged") + "?Qualifier=3", Parse("""{"UpdateRuntimeOn":"Auto"}"""))).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {FunctionsServer.ArnOf("unmanaged")}:3");
        (await server.PutAsync(Runtime("unmanaged"), Parse("""{"UpdateRuntimeOn":"Never"}"""))).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value 'Never' at 'updateRuntimeOn' failed to satisfy constraint: Member must satisfy enum value set: [Auto, Manual, FunctionUpdate]");
        Assert.Equal(400, (await server.PutAsync(Runtime("unmanaged"), Parse("""{"UpdateRuntimeOn":"Manual"}"""))).Status);
        Assert.Equal(400, (await server.PutAsync(Runtime("unmanaged"), Parse($$"""{"UpdateRuntimeOn":"Auto","RuntimeVersionArn":"{{Pinned}}"}"""))).Status);
    }

    [Fact]
    public async Task Recursion_is_terminated_until_it_is_allowed()
    {
        await server.CreateActiveAsync("loops");

        Assert.Equal("""{"RecursiveLoop":"Terminate"}""", (await server.GetAsync(Recursion("loops"))).Body);
        Assert.Equal("""{"RecursiveLoop":"Allow"}""", (await server.PutAsync(Recursion("loops"), Parse("""{"RecursiveLoop":"Allow"}"""))).Body);
        Assert.Equal("""{"RecursiveLoop":"Allow"}""", (await server.GetAsync(Recursion("loops"))).Body);
        (await server.PutAsync(Recursion("loops"), Parse("""{"RecursiveLoop":"no"}"""))).IsRefusedWith(400, "ValidationException", "1 validation error detected: Value 'no' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]");
        (await server.PutAsync(Recursion("nowhere"), Parse("""{"RecursiveLoop":"Allow"}"""))).IsRefusedWith(404, "ResourceNotFoundException", $"Function not found: {FunctionsServer.ArnOf("nowhere")}");
        Assert.Equal("ValidationException", (await server.GetAsync(Recursion("loops:1"))).ErrorType);
    }

    [Fact]
    public async Task A_network_is_whole_or_none_and_a_file_system_needs_one()
    {
        await server.CreateActiveAsync("network");
        const string configuration = "/2015-03-31/functions/network/configuration";
        const string point = $"arn:aws:elasticfilesystem:{FunctionsServer.Region}:{FunctionsServer.Account}:access-point/fsap-0123456789abcdef0";

        (await server.PutAsync(configuration, Parse("""{"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":[]}}""")))
            .IsRefusedWith(400, "InvalidParameterValueException", "SubnetIds and SecurityIds must coexist or be both empty list.");
        (await server.PutAsync(configuration, Parse($$"""{"FileSystemConfigs":[{"Arn":"{{point}}","LocalMountPath":"/mnt/d"}]}""")))
            .IsRefusedWith(400, "InvalidParameterValueException", $"Function must be configured to execute in a VPC to reference access point {point}. Please update the function configuration to include VPC subnets and security groups.");
        (await server.PutAsync(configuration, Parse("""{"VpcConfig":{"SubnetIds":["nonsense"]}}""")))
            .IsRefusedWith(400, "ValidationException", "1 validation error detected: Value '[nonsense]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*, Member must not be null]");
        (await server.PutAsync(configuration, Parse("""{"DeadLetterConfig":{"TargetArn":"nonsense"}}""")))
            .IsRefusedWith(400, "ValidationException", "1 validation error detected: Value 'nonsense' at 'deadLetterConfig.targetArn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()");
        (await server.PutAsync(configuration, Parse("""{"TracingConfig":{"Mode":"Loud"}}""")))
            .IsRefusedWith(400, "ValidationException", "1 validation error detected: Value 'Loud' at 'tracingConfig.mode' failed to satisfy constraint: Member must satisfy enum value set: [Active, PassThrough]");
        var answer = await server.PutAsync(configuration, Parse($$$"""{"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]},"FileSystemConfigs":[{"Arn":"{{{point}}}","LocalMountPath":"/mnt/d"}],"TracingConfig":{"Mode":"Active"}}"""));
        Assert.Equal(200, answer.Status);
        Assert.Equal("""{"Mode":"Active"}""", answer.Json.GetProperty("TracingConfig").GetRawText());
    }
}
