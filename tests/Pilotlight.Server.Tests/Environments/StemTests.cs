using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Environments;
using Pilotlight.Functions;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using static Pilotlight.Tests.Environments.EnvironmentLifecycleTests;

namespace Pilotlight.Tests.Environments;

/// <summary>Sandboxes that are made ahead of need, over the real Runtime API; only the sandbox is a stand-in.</summary>
public sealed class StemTests
{
    static readonly HttpClient s_http = new() { Timeout = Timeout.InfiniteTimeSpan };

    [Fact]
    public async Task A_cold_start_takes_a_runtime_that_waits_and_gives_it_the_function()
    {
        var driver = Waiting();
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "echo", runtime: "python3.11");
        await ReadyAsync(server, 2);

        Assert.Equal("1", await (await InvokeAsync(server, "echo", "1")).Content.ReadAsStringAsync());

        var used = Assert.Single(driver.Sandboxes, sandbox => sandbox.Assignment is not null);
        Assert.Equal(128L << 20, used.Assignment!.MemoryBytes);
        Assert.Contains(used.Assignment.Mounts, mount => mount.Target == "/var/task");
        Assert.DoesNotContain(used.Spec.Mounts, mount => mount.Target == "/var/task");
        Assert.Equal(1, server.Platform.Services.GetRequiredService<StemPool>().Hits);
    }

    [Fact]
    public async Task A_runtime_that_waits_knows_nothing_of_any_function()
    {
        List<IReadOnlyDictionary<string, string>> waiting = [];
        var driver = Waiting(process =>
        {
            lock (waiting)
                waiting.Add(process.Spec.Environment);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "echo", runtime: "python3.11");
        await ReadyAsync(server, 2);
        await InvokeAsync(server, "echo", "1");

        lock (waiting)
        {
            Assert.All(waiting, variables => Assert.DoesNotContain(
                variables.Keys, name => name.StartsWith("AWS_ACCESS") || name.StartsWith("AWS_SECRET") || name.StartsWith("AWS_SESSION")
                    || name.StartsWith("AWS_LAMBDA_FUNCTION") || name == "_HANDLER"));
        }
    }

    [Fact]
    public async Task A_stem_serves_one_function_once()
    {
        var driver = Waiting();
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "one", runtime: "python3.11");
        await CreateAsync(server, "two", runtime: "python3.11");
        await ReadyAsync(server, 2);
        await InvokeAsync(server, "one", "1");
        await InvokeAsync(server, "two", "2");
        await ReadyAsync(server, 2);

        // The stand-in refuses to be assigned twice.
        Assert.Equal(2, driver.Sandboxes.Count(sandbox => sandbox.Assignment is not null));
        Assert.True(driver.Sandboxes.Count >= 4);
    }

    [Fact]
    public async Task What_a_stem_was_told_is_told_to_nobody_else()
    {
        var answers = new List<HttpStatusCode>();
        var driver = Waiting(onAssigned: async process =>
        {
            using var again = await s_http.GetAsync($"http://{process.Spec.Environment["AWS_LAMBDA_RUNTIME_API"]}/_pilotlight/assignment");
            answers.Add(again.StatusCode);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "echo", runtime: "python3.11");
        await ReadyAsync(server, 2);
        await InvokeAsync(server, "echo", "1");
        Assert.Equal([HttpStatusCode.NotFound], answers);
    }

    [Fact]
    public async Task A_function_whose_runtime_reads_its_variables_at_the_start_gets_one_that_starts_for_it()
    {
        var started = new List<IReadOnlyDictionary<string, string>>();
        var driver = Waiting(process =>
        {
            lock (started)
                started.Add(process.Spec.Environment);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "own", runtime: "python3.11", variables: """{"PYTHONHASHSEED":"1"}""");
        await ReadyAsync(server, 2);
        Assert.Equal("1", await (await InvokeAsync(server, "own", "1")).Content.ReadAsStringAsync());
        lock (started)
            Assert.Equal("1", Assert.Single(started)["PYTHONHASHSEED"]);
        Assert.Single(driver.Sandboxes, sandbox => sandbox.Assignment is not null);
    }

    [Fact]
    public async Task A_stem_that_died_is_not_used_and_another_takes_its_place()
    {
        var driver = Waiting();
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "echo", runtime: "python3.11");
        await ReadyAsync(server, 2);
        foreach (var sandbox in driver.Sandboxes)
            await sandbox.DisposeAsync();

        Assert.Equal("1", await (await InvokeAsync(server, "echo", "1")).Content.ReadAsStringAsync());
        await ReadyAsync(server, 2);
        Assert.Contains(driver.Sandboxes, sandbox => !sandbox.IsDisposed && sandbox.Assignment is null);
    }

    [Fact]
    public async Task Without_stems_a_cold_start_makes_its_own()
    {
        var driver = Waiting();
        await using var server = await PilotlightServer.StartAsync(driver, configure: options => options.Stems.Enabled = false);
        await CreateAsync(server, "echo", runtime: "python3.11");
        Assert.Equal("1", await (await InvokeAsync(server, "echo", "1")).Content.ReadAsStringAsync());
        var only = Assert.Single(driver.Sandboxes);
        Assert.Null(only.Assignment);
    }

    [Fact]
    public async Task Ending_the_platform_ends_every_stem()
    {
        var driver = Waiting();
        await using (var server = await PilotlightServer.StartAsync(driver))
        {
            await CreateAsync(server, "echo", runtime: "python3.11");
            await ReadyAsync(server, 2);
        }

        Assert.All(driver.Sandboxes, sandbox => Assert.True(sandbox.IsDisposed));
    }

    [Fact]
    public async Task A_memory_budget_that_is_spent_makes_no_more()
    {
        var driver = Waiting();
        await using var server = await PilotlightServer.StartAsync(driver, configure: options => options.Stems.MemoryBudgetMegabytes = 5);
        await CreateAsync(server, "echo", runtime: "python3.11");
        // Each is charged with 10 MiB: the first is made below the budget, and is above it.
        await ReadyAsync(server, 1);
        await InvokeAsync(server, "echo", "1");
        await ReadyAsync(server, 1);
        Assert.True(server.Platform.Services.GetRequiredService<StemPool>().Levels().All(level => level.Ready <= 1));
    }

    [Fact]
    public async Task Stems_count_in_the_memory_budget_and_are_given_up_before_a_function_has_to_wait()
    {
        var driver = Waiting();
        await using var server = await PilotlightServer.StartAsync(driver, configure: options =>
        {
            options.Environments.MemoryBudgetMegabytes = 140;
            options.Environments.PlacementWait = TimeSpan.FromSeconds(30);
            options.Environments.FreezeAfter = TimeSpan.FromMinutes(5);
        });
        await CreateAsync(server, "echo", runtime: "python3.11");
        await ReadyAsync(server, 2);
        var budget = server.Platform.Services.GetRequiredService<MemoryBudget>();
        // Each is charged with 10 MiB.
        Assert.Equal(20L << 20, budget.Promised);

        // 128 MiB beside 20 are too many: one stem goes, and the other becomes the function's.
        Assert.Equal("1", await (await InvokeAsync(server, "echo", "1")).Content.ReadAsStringAsync());

        Assert.Single(driver.Sandboxes, sandbox => sandbox.IsDisposed && sandbox.Assignment is null);
        Assert.Single(driver.Sandboxes, sandbox => !sandbox.IsDisposed && sandbox.Assignment is not null);
        // And no other is made where there is no room for it.
        Assert.Equal(2, driver.Sandboxes.Count);
        Assert.InRange(budget.Promised, 0, 140L << 20);
    }

    [Theory]
    [InlineData("python3.11", "f.handler", "PYTHONPATH")]
    [InlineData("nodejs20.x", "f.handler", "NODE_OPTIONS")]
    [InlineData("ruby3.2", "f.handler", "RUBYOPT")]
    [InlineData("java17", "f.F::handle", "JAVA_TOOL_OPTIONS")]
    [InlineData("dotnet8", "F::F.F::Handle", "DOTNET_gcServer")]
    public void Every_language_has_stems_and_a_variable_that_is_read_at_its_start_is_not_for_them(string runtime, string handler, string variable)
    {
        Assert.True(ShapeOf(runtime, handler).StartsRuntime);
        Assert.True(ShapeOf(runtime, handler, variables: new() { ["MINE"] = "1", ["NODE_ENV"] = "x" }).StartsRuntime);
        foreach (var name in new[] { variable, "LD_PRELOAD", "LANG", "TZ", "AWS_LAMBDA_EXEC_WRAPPER" })
            Assert.False(ShapeOf(runtime, handler, variables: new() { [name] = "x" }).StartsRuntime, name);
    }

    [Fact]
    public void What_a_runtime_fixes_at_its_start_tells_the_kinds_of_stems_apart_and_nothing_else_does()
    {
        Assert.Equal(ShapeOf("java17", "a.A::a").Key, ShapeOf("java17", "b.B").Key);
        // The size of the heap is a flag of Java's and of Node's.
        Assert.NotEqual(ShapeOf("java17", "a.A::a", 256).Key, ShapeOf("java17", "a.A::a", 512).Key);
        Assert.NotEqual(ShapeOf("nodejs20.x", "f.a", 256).Key, ShapeOf("nodejs20.x", "f.a", 512).Key);
        foreach (var (runtime, handler) in new[] { ("dotnet8", "F::F.F::Handle"), ("ruby3.2", "f.a"), ("python3.11", "f.a") })
            Assert.Equal(ShapeOf(runtime, handler, 256).Key, ShapeOf(runtime, handler, 512).Key);
        // The framework is chosen when .NET starts.
        Assert.NotEqual(ShapeOf("dotnet8", "F::F.F::Handle").Key, ShapeOf("dotnet10", "F::F.F::Handle").Key);
        // An executable brings its own client.
        Assert.False(ShapeOf("dotnet8", "Program").StartsRuntime);
    }

    static StemShape ShapeOf(string runtime, string handler, int memory = 128, Dictionary<string, string>? variables = null)
    {
        var version = new FunctionVersion
        {
            AccountId = "000000000000",
            Region = "us-east-1",
            Name = "f",
            Version = "$LATEST",
            Runtime = runtime,
            Handler = handler,
            MemoryMegabytes = memory,
            Environment = variables,
            Generation = Guid.Empty,
            Role = "arn:aws:iam::000000000000:role/r",
            CodeHash = "",
            CodeSizeBytes = 0,
            LastModified = DateTimeOffset.UnixEpoch,
            RevisionId = "",
            State = "Active",
        };
        var (launch, problem) = RuntimeLaunch.Of(version, new RuntimeCatalog(), new RuntimesOptions { Folder = InstallationPaths.Runtimes }, new FunctionFolders("/", null));
        if (launch is null)
            Assert.Skip(problem!);
        return StemShape.Of(version, launch);
    }

    /// <summary>A driver whose sandboxes can be made ahead, and whose program is a runtime client that knows how to wait.</summary>
    static FakeSandboxDriver Waiting(Action<FakeProcessContext>? onStart = null, Func<FakeProcessContext, Task>? onAssigned = null) => new(async process =>
    {
        onStart?.Invoke(process);
        if (process.Spec.Environment.ContainsKey("PILOTLIGHT_STEM"))
        {
            var json = await s_http.GetStringAsync($"http://{process.Spec.Environment["AWS_LAMBDA_RUNTIME_API"]}/_pilotlight/assignment", process.Killed);
            using var assignment = JsonDocument.Parse(json);
            var variables = assignment.RootElement.GetProperty("variables");
            Assert.Equal(process.Spec.Environment["AWS_LAMBDA_RUNTIME_API"], variables.GetProperty("AWS_LAMBDA_RUNTIME_API").GetString());
            Assert.True(variables.TryGetProperty("AWS_SESSION_TOKEN", out _));
            if (onAssigned is not null)
                await onAssigned(process);
        }

        return await process.ServeAsync((_, payload) => payload);
    })
    { CanAssign = true };

    static Task ReadyAsync(PilotlightServer server, int count)
    {
        var pool = server.Platform.Services.GetRequiredService<StemPool>();
        return Until(() => Task.FromResult(pool.Levels().Any(level => level.Ready >= count)));
    }
}
