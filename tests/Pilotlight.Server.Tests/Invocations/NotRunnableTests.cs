using System.Text.Json;
using Pilotlight.Testing;
using Pilotlight.Tests.Functions;

namespace Pilotlight.Tests.Invocations;

/// <summary>What is stored but cannot be run here is refused before anything is started, and tenants stand where they belong.</summary>
public sealed class NotRunnableTests : IAsyncLifetime
{
    PilotlightServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    async Task CreateAsync(string name, string settings)
    {
        using var answer = await _server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions",
            $$"""{"FunctionName":"{{name}}","Role":"arn:aws:iam::000000000000:role/worker",{{settings}}}""");
        Assert.Equal(201, (int)answer.StatusCode);
    }

    static string Zip => $$$"""
        "Runtime":"python3.13","Handler":"app.handler","Code":{"ZipFile":"{{{Convert.ToBase64String(Zips.Of(("app.py", "")))}}}"}
        """;

    async Task<(int Status, string Message)> InvokeAsync(string name, params (string, string)[] headers)
    {
        using var answer = await _server.Client.LambdaAsync(HttpMethod.Post, $"/2015-03-31/functions/{name}/invocations", "{}", headers);
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return ((int)answer.StatusCode, json.TryGetProperty("message", out var message) ? message.GetString()! : "");
    }

    [Fact]
    public async Task An_image_is_refused_in_plain_words()
    {
        await CreateAsync("image", """ "PackageType":"Image","Code":{"ImageUri":"registry.example/image:1"} """);

        Assert.Equal((400, "A container image cannot be run by this version of Pilotlight. It is stored and shown only."), await InvokeAsync("image"));
    }

    [Fact]
    public async Task The_name_of_a_durable_execution_is_checked_though_the_function_is_not_durable()
    {
        await CreateAsync("plain", Zip);

        Assert.Equal((400, "1 validation error detected: Value 'no name' at 'durableExecutionName' failed to satisfy constraint: "
            + "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+"), await InvokeAsync("plain", ("X-Amz-Durable-Execution-Name", "no name")));
    }

    [Fact]
    public async Task A_function_with_tenants_wants_one_and_others_do_not()
    {
        await CreateAsync("tenants", Zip + """ ,"TenancyConfig":{"TenantIsolationMode":"PER_TENANT"} """);
        await CreateAsync("plain", Zip);

        Assert.Equal((400, "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again."),
            await InvokeAsync("tenants"));
        Assert.Equal((400, "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again."),
            await InvokeAsync("plain", ("X-Amz-Tenant-Id", "blue")));
        Assert.Equal((400, "A function with tenant isolation cannot be run by this version of Pilotlight. It is stored and shown only."),
            await InvokeAsync("tenants", ("X-Amz-Tenant-Id", "blue")));
        Assert.Equal((200, ""), await InvokeAsync("plain"));
    }
}
