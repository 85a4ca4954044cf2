using System.Collections.Immutable;
using System.Text;
using Pilotlight.Concurrency;
using Pilotlight.Functions;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using static Pilotlight.Tests.Concurrency.Rig;

namespace Pilotlight.Tests.Concurrency;

/// <summary>Provisioned concurrency: what is stored and shown, what is refused, and which environments are kept.</summary>
public sealed class ProvisionedConcurrencyTests
{
    const string Arn = "arn:aws:lambda:us-east-1:000000000000:function";

    [Fact]
    public async Task Is_put_initialised_used_listed_and_deleted()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, _) => $"\"{process.Spec.Environment["AWS_LAMBDA_INITIALIZATION_TYPE"]}\""));
        await using var server = await StartAsync(driver);
        await PublishedAsync(server, "ahead");

        var put = await PutAsync(server, "ahead", "1", 2);
        Assert.Matches("""^\{"RequestedProvisionedConcurrentExecutions":2,"AvailableProvisionedConcurrentExecutions":0,"AllocatedProvisionedConcurrentExecutions":0,"Status":"IN_PROGRESS","LastModified":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000"\}$""", put.Body);
        Assert.Equal(202, put.Status);
        await ReadyAsync(server, "ahead", "1", 2);
        Assert.Equal(2, driver.Sandboxes.Count);
        Assert.Equal(98, await UnreservedAsync(server));

        using (var answer = await server.Client.LambdaAsync(
            HttpMethod.Post, "/2015-03-31/functions/ahead/invocations?Qualifier=1", "{}", ("X-Amz-Log-Type", "Tail")))
        {
            Assert.Equal("\"provisioned-concurrency\"", await answer.Content.ReadAsStringAsync());
            var tail = Encoding.UTF8.GetString(Convert.FromBase64String(answer.Headers.GetValues("X-Amz-Log-Result").Single()));
            Assert.Contains("REPORT RequestId:", tail);
            Assert.DoesNotContain("Init Duration", tail);
        }

        (await InvokeAsync(server, "ahead")).Is(200, "\"on-demand\"");
        Assert.Equal(3, driver.Sandboxes.Count);

        var list = await SendAsync(server, HttpMethod.Get, "/2019-09-30/functions/ahead/provisioned-concurrency?List=ALL");
        var item = list.Json.GetProperty("ProvisionedConcurrencyConfigs").EnumerateArray().Single();
        Assert.Equal($"{Arn}:ahead:1", item.GetProperty("FunctionArn").GetString());
        Assert.Equal("READY", item.GetProperty("Status").GetString());

        (await SendAsync(server, HttpMethod.Delete, Path("ahead", "1"))).Is(204, "");
        (await SendAsync(server, HttpMethod.Delete, Path("ahead", "1"))).Is(204, "");
        (await SendAsync(server, HttpMethod.Get, Path("ahead", "1"))).Is(
            404, """{"Type":"User","message":"No Provisioned Concurrency Config found for this function"}""");
        await Until(() => Task.FromResult(driver.Sandboxes.Take(2).All(sandbox => sandbox.IsDisposed)));
        Assert.Equal(100, await UnreservedAsync(server));
        (await InvokeAsync(server, "ahead", qualifier: "1")).Is(200, "\"on-demand\"");
    }

    [Fact]
    public async Task Refusals_are_AWSs_to_the_letter()
    {
        await using var server = await StartAsync(Echo());
        await PublishedAsync(server, "some");
        await AliasAsync(server, "some", "live", "1");
        const string unpublished = """{"Type":"User","message":"Provisioned Concurrency Configs cannot be applied to unpublished function versions."}""";
        const string neither = """{"Type":"User","message":"The function resource provided must be an alias or a published version."}""";
        (await PutAsync(server, "some", "$LATEST", 1)).Is(400, unpublished);
        (await SendAsync(server, HttpMethod.Put, "/2019-09-30/functions/some/provisioned-concurrency", """{"ProvisionedConcurrentExecutions":1}""")).Is(400, unpublished);
        (await PutAsync(server, "some", "1", 0)).Is(400, """{"message":"1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1"}""");
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            (await SendAsync(server, method, Path("some", "$LATEST"))).Is(400, neither);
            (await SendAsync(server, method, Path("some", "none"))).Is(404, $$"""{"Message":"Cannot find alias arn: {{Arn}}:some:none","Type":"User"}""");
            (await SendAsync(server, method, Path("some", "10"))).Is(404, $$"""{"Message":"Function not found: {{Arn}}:some:10","Type":"User"}""");
            (await SendAsync(server, method, Path("nobody", "none"))).Is(404, $$"""{"Message":"Cannot find alias arn: {{Arn}}:nobody:none","Type":"User"}""");
            (await SendAsync(server, method, Path("nobody", "1"))).Is(404, $$"""{"Message":"Function not found: {{Arn}}:nobody:1","Type":"User"}""");
        }

        (await PutAsync(server, "nobody", "none", 1)).Is(404, $$"""{"Message":"Cannot find alias arn: {{Arn}}:nobody:none","Type":"User"}""");
        (await PutAsync(server, "nobody", "1", 1)).Is(404, $$"""{"Message":"Function not found: {{Arn}}:nobody:1","Type":"User"}""");
        (await PutAsync(server, "some", "10", 1)).Is(404, $$"""{"Message":"Function not found: {{Arn}}:some:10","Type":"User"}""");
        (await SendAsync(server, HttpMethod.Get, "/2019-09-30/functions/some/provisioned-concurrency?List=ALL")).Is(200, """{"ProvisionedConcurrencyConfigs":[]}""");
        (await SendAsync(server, HttpMethod.Get, "/2019-09-30/functions/nobody/provisioned-concurrency?List=ALL")).Is(
            404, $$"""{"Message":"Function not found: {{Arn}}:nobody","Type":"User"}""");
        (await PutAsync(server, "some", "1", 101)).Is(
            400, """{"message":"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [100]."}""");
        (await PutAsync(server, "some", "1", 91)).Is(
            400, """{"message":"Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10]."}""");

        (await PutAsync(server, "some", "live", 1)).IsAccepted();
        (await PutAsync(server, "some", "1", 1)).Is(409, """{"Type":"User","message":"Version is pointed by a Provisioned Concurrency alias"}""");
        await SendAsync(server, HttpMethod.Delete, Path("some", "live"));
        (await PutAsync(server, "some", "1", 1)).IsAccepted();
        (await PutAsync(server, "some", "live", 1)).Is(
            409, """{"Type":"User","message":"Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"}""");
    }

    [Fact]
    public async Task Provisioned_lies_within_reserved_and_may_starve_the_rest()
    {
        await using var server = await StartAsync(Echo());
        await PublishedAsync(server, "both");
        await ReserveAsync(server, "both", 1);
        (await PutAsync(server, "both", "1", 2)).Is(
            400, """{"Type":"User","message":"Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"}""");
        (await PutAsync(server, "both", "1", 1)).IsAccepted();
        Assert.Equal(99, await UnreservedAsync(server));
        (await ReserveAsync(server, "both", 0)).Is(
            400, """{"message":" ReservedConcurrentExecutions  0 should not be lower than function's total provisioned concurrency [1]."}""");
        await ReadyAsync(server, "both", "1", 1);
        (await InvokeAsync(server, "both")).IsThrottled(ThrottleReason.Reserved);
        (await InvokeAsync(server, "both", "1", "1")).Is(200, "1");
        (await InvokeAsync(server, "both")).IsThrottled(ThrottleReason.Reserved);
    }

    [Fact]
    public async Task What_does_not_find_a_provisioned_environment_spills_over()
    {
        var gate = new Gate();
        await using var server = await StartAsync(gate.Driver);
        await PublishedAsync(server, "spill");
        await PutAsync(server, "spill", "1", 1);
        await ReadyAsync(server, "spill", "1", 1);
        var calls = new[] { InvokeAsync(server, "spill", qualifier: "1"), InvokeAsync(server, "spill", qualifier: "1") };
        await gate.RunningAsync(2);
        Assert.Equal(["on-demand", "provisioned-concurrency"], gate.Types.Order());
        var metrics = await MetricsAsync(server);
        Assert.Contains("pilotlight_provisioned_concurrent_executions 1\n", metrics);
        Assert.Contains("pilotlight_concurrent_executions 2\n", metrics);
        Assert.Contains($"pilotlight_provisioned_concurrency_utilization{{function=\"{Arn}:spill\",version=\"1\"}} 1\n", metrics);
        gate.Open();
        Assert.All(await Task.WhenAll(calls), call => Assert.Equal(200, call.Status));
        metrics = await MetricsAsync(server);
        Assert.Contains("pilotlight_provisioned_concurrency_invocations_total 1\n", metrics);
        Assert.Contains("pilotlight_provisioned_concurrency_spillover_invocations_total 1\n", metrics);
    }

    [Fact]
    public async Task Under_load_provisioned_and_on_demand_together_keep_to_the_reservation()
    {
        var gate = new Gate();
        await using var server = await StartAsync(gate.Driver, options => options.Concurrency.ReservedRequestRate = 0);
        await PublishedAsync(server, "five");
        await ReserveAsync(server, "five", 5);
        await PutAsync(server, "five", "1", 3);
        await ReadyAsync(server, "five", "1", 3);
        var calls = Enumerable.Range(0, 200).Select(_ => InvokeAsync(server, "five", qualifier: "1")).ToList();
        await gate.RunningAsync(5);
        await Until(() => Task.FromResult(calls.Count(call => call.IsCompleted) == 195));
        gate.Open();
        var replies = await Task.WhenAll(calls);
        Assert.Equal(5, replies.Count(reply => reply.Status == 200));
        Assert.All(replies.Where(reply => reply.Status != 200), reply => reply.IsThrottled(ThrottleReason.Reserved));
        Assert.Equal(5, gate.Most);
        Assert.Equal(3, gate.Types.Count(type => type == "provisioned-concurrency"));
    }

    [Fact]
    public async Task Moves_with_its_alias_and_dies_with_it()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, _) =>
            $"\"{process.Spec.Environment["AWS_LAMBDA_FUNCTION_VERSION"]} {process.Spec.Environment["AWS_LAMBDA_INITIALIZATION_TYPE"]}\""));
        await using var server = await StartAsync(driver);
        await PublishedAsync(server, "moving");
        await PublishAgainAsync(server, "moving");
        await AliasAsync(server, "moving", "live", "1");
        await PutAsync(server, "moving", "live", 2);
        await ReadyAsync(server, "moving", "live", 2);
        (await InvokeAsync(server, "moving", qualifier: "live")).Is(200, "\"1 provisioned-concurrency\"");
        (await InvokeAsync(server, "moving", qualifier: "1")).Is(200, "\"1 provisioned-concurrency\"");

        await SendAsync(server, HttpMethod.Put, "/2015-03-31/functions/moving/aliases/live", """{"FunctionVersion":"2"}""");
        await ReadyAsync(server, "moving", "live", 2);
        (await InvokeAsync(server, "moving", qualifier: "live")).Is(200, "\"2 provisioned-concurrency\"");
        await Until(() => Task.FromResult(driver.Sandboxes.Take(2).All(sandbox => sandbox.IsDisposed)));

        await SendAsync(server, HttpMethod.Put, "/2015-03-31/functions/moving/aliases/live", """{"RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}""");
        await ReadyAsync(server, "moving", "live", 2);
        await Until(() => Task.FromResult(Kept(driver, "1") == 1 && Kept(driver, "2") == 1));

        (await SendAsync(server, HttpMethod.Delete, "/2015-03-31/functions/moving/aliases/live")).Is(204, "");
        await Until(() => Task.FromResult(driver.Sandboxes.All(sandbox => sandbox.IsDisposed)));
        Assert.Equal(100, await UnreservedAsync(server));
        await AliasAsync(server, "moving", "live", "1");
        Assert.Equal(404, (await SendAsync(server, HttpMethod.Get, Path("moving", "live"))).Status);
    }

    [Fact]
    public async Task Dies_with_its_function()
    {
        var driver = Echo();
        await using var server = await StartAsync(driver);
        await PublishedAsync(server, "gone");
        await PutAsync(server, "gone", "1", 2);
        await ReadyAsync(server, "gone", "1", 2);
        await SendAsync(server, HttpMethod.Delete, "/2015-03-31/functions/gone");
        await Until(() => Task.FromResult(driver.Sandboxes.All(sandbox => sandbox.IsDisposed)));
        Assert.Equal(2, driver.Sandboxes.Count);
    }

    [Fact]
    public async Task One_that_ends_is_replaced()
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            using var next = await process.NextAsync();
            return new ExitStatus(1, 0);
        });
        await using var server = await StartAsync(driver);
        await PublishedAsync(server, "crash");
        await PutAsync(server, "crash", "1", 1);
        await ReadyAsync(server, "crash", "1", 1);
        Assert.Contains("Runtime.ExitError", (await InvokeAsync(server, "crash", qualifier: "1")).Body);
        await Until(() => Task.FromResult(driver.Sandboxes is [{ IsDisposed: true }, { IsDisposed: false }]));
        await ReadyAsync(server, "crash", "1", 1);
    }

    [Fact]
    public async Task Is_never_reaped()
    {
        var driver = Echo();
        await using var server = await StartAsync(driver, options => options.Environments.KeepWarm = TimeSpan.FromMilliseconds(1));
        await PublishedAsync(server, "kept");
        await PutAsync(server, "kept", "1", 1);
        await ReadyAsync(server, "kept", "1", 1);
        await InvokeAsync(server, "kept", qualifier: "1");
        for (var i = 0; i < 2; i++)
        {
            await InvokeAsync(server, "kept");
            await Until(() => Task.FromResult(driver.Sandboxes[^1].IsDisposed));
        }

        Assert.Equal(3, driver.Sandboxes.Count);
        Assert.False(driver.Sandboxes[0].IsDisposed);
    }

    [Fact]
    public async Task A_failing_init_is_shown_and_tried_again()
    {
        var attempts = 0;
        var driver = new FakeSandboxDriver(async process =>
        {
            if (Interlocked.Increment(ref attempts) > 1)
                return await process.ServeAsync((_, payload) => payload);
            await process.FailInitAsync("""{"errorMessage":"no","errorType":"Runtime.ImportModuleError"}""", "Runtime.ImportModuleError");
            return new ExitStatus(1, 0);
        });
        await using var server = await StartAsync(driver);
        await PublishedAsync(server, "broken");
        await PutAsync(server, "broken", "1", 1);
        await Until(async () => (await SendAsync(server, HttpMethod.Get, Path("broken", "1"))).Body.Contains(
            "\"AvailableProvisionedConcurrentExecutions\":0,\"AllocatedProvisionedConcurrentExecutions\":0,\"Status\":\"FAILED\","
            + "\"StatusReason\":\"FUNCTION_ERROR_INIT_FAILURE\","));
        await ReadyAsync(server, "broken", "1", 1);
    }

    [Fact]
    public async Task Comes_back_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-concurrency-");
        try
        {
            await using (var server = await StartAsync(Echo(), dataFolder: folder.FullName))
            {
                await PublishedAsync(server, "durable");
                (await PutAsync(server, "durable", "1", 2)).IsAccepted();
            }

            var driver = Echo();
            await using (var server = await StartAsync(driver, dataFolder: folder.FullName))
            {
                await ReadyAsync(server, "durable", "1", 2);
                Assert.Equal(98, await UnreservedAsync(server));
                Assert.Equal(2, driver.Sandboxes.Count);
            }

            Assert.All(driver.Sandboxes, sandbox => Assert.True(sandbox.IsDisposed));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_an_init_that_never_ends()
    {
        var started = new TaskCompletionSource();
        var driver = new FakeSandboxDriver(async process =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, process.Killed);
            return default;
        });
        await using (var server = await StartAsync(driver))
        {
            await PublishedAsync(server, "stuck");
            await PutAsync(server, "stuck", "1", 3);
            await started.Task;
        }

        Assert.All(driver.Sandboxes, sandbox => Assert.True(sandbox.IsDisposed));
    }

    [Fact]
    public async Task Is_refused_for_a_version_with_SnapStart()
    {
        await using var server = await StartAsync(Echo());
        await PublishedAsync(server, "snap", """{"Runtime":"python3.12","SnapStart":{"ApplyOn":"PublishedVersions"}}""");
        (await PutAsync(server, "snap", "1", 1)).Is(
            400, """{"Type":"User","message":"Provisioned Concurrency is not supported for SnapStart enabled functions."}""");
    }

    [Theory]
    [InlineData(10, 0.25, 7, 3)]
    [InlineData(1, 0.5, 0, 1)]
    [InlineData(3, 0.1, 3, 0)]
    [InlineData(5, 1, 0, 5)]
    public void A_weighted_alias_shares_by_weight(int requested, double weight, int first, int second)
    {
        var function = new Function
        {
            AccountId = "1",
            Region = "r",
            Name = "f",
            Latest = Version("$LATEST"),
            Published = new Dictionary<int, FunctionVersion> { [1] = Version("1"), [2] = Version("2") }.ToImmutableSortedDictionary(),
            Aliases = new Dictionary<string, Alias>
            {
                ["live"] = new() { Name = "live", FunctionVersion = "1", Routing = new AliasRouting("2", weight), RevisionId = "" },
            }.ToImmutableSortedDictionary(),
            Provisioned = new Dictionary<string, ProvisionedConcurrency> { ["live"] = new(requested, default) }.ToImmutableDictionary(),
        };
        var shares = ProvisionedShares.Of(function, "live").ToDictionary(share => share.Version.Version, share => share.Count);
        Assert.Equal((first, second), (shares.GetValueOrDefault("1"), shares.GetValueOrDefault("2")));
    }

    static FunctionVersion Version(string version) => new()
    {
        AccountId = "1",
        Region = "r",
        Name = "f",
        Version = version,
        Generation = Guid.NewGuid(),
        Role = "",
        Runtime = "",
        Handler = "",
        CodeHash = "",
        CodeSizeBytes = 0,
        LastModified = default,
        RevisionId = "",
        State = "Active",
    };

    static int Kept(FakeSandboxDriver driver, string version) => driver.Sandboxes.Count(sandbox =>
        !sandbox.IsDisposed && sandbox.Variables?["AWS_LAMBDA_FUNCTION_VERSION"] == version);

    static string Path(string name, string qualifier) => $"/2019-09-30/functions/{name}/provisioned-concurrency?Qualifier={Uri.EscapeDataString(qualifier)}";

    static Task<Reply> PutAsync(PilotlightServer server, string name, string qualifier, int amount) =>
        SendAsync(server, HttpMethod.Put, Path(name, qualifier), $$"""{"ProvisionedConcurrentExecutions":{{amount}}}""");

    static Task ReadyAsync(PilotlightServer server, string name, string qualifier, int amount) => Until(async () =>
        (await SendAsync(server, HttpMethod.Get, Path(name, qualifier))).Body.Contains(
            $"\"RequestedProvisionedConcurrentExecutions\":{amount},\"AvailableProvisionedConcurrentExecutions\":{amount},"
            + $"\"AllocatedProvisionedConcurrentExecutions\":{amount},\"Status\":\"READY\""));

    static Task<string> MetricsAsync(PilotlightServer server) => s_http.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/metrics"));

    static readonly HttpClient s_http = new();

    static async Task PublishedAsync(PilotlightServer server, string name, string? change = null)
    {
        await CreateAsync(server, name);
        await Until(async () => (await SendAsync(server, HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration")).Body.Contains("\"State\":\"Active\""));
        if (change is not null)
        {
            Assert.Equal(200, (await SendAsync(server, HttpMethod.Put, $"/2015-03-31/functions/{name}/configuration", change)).Status);
            await Until(async () => (await SendAsync(server, HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration")).Body
                .Contains("\"LastUpdateStatus\":\"Successful\""));
        }

        Assert.Equal(201, (await SendAsync(server, HttpMethod.Post, $"/2015-03-31/functions/{name}/versions", "{}")).Status);
    }

    static async Task PublishAgainAsync(PilotlightServer server, string name)
    {
        await SendAsync(server, HttpMethod.Put, $"/2015-03-31/functions/{name}/configuration", """{"Description":"next"}""");
        await Until(async () => (await SendAsync(server, HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration")).Body
            .Contains("\"LastUpdateStatus\":\"Successful\""));
        Assert.Equal(201, (await SendAsync(server, HttpMethod.Post, $"/2015-03-31/functions/{name}/versions", "{}")).Status);
    }

    static async Task AliasAsync(PilotlightServer server, string name, string alias, string version) => Assert.Equal(201, (await SendAsync(
        server, HttpMethod.Post, $"/2015-03-31/functions/{name}/aliases", $$"""{"Name":"{{alias}}","FunctionVersion":"{{version}}"}""")).Status);
}
