using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Environments;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Environments;

/// <summary>Three functions of 128 MB on a budget of 300 MB.</summary>
public sealed class MemoryBudgetTests
{
    static Action<PlatformOptions> Narrow(TimeSpan wait) => options =>
    {
        options.Environments.MemoryBudgetMegabytes = 300;
        options.Environments.PlacementWait = wait;
        options.Environments.FreezeAfter = TimeSpan.FromMinutes(5);
        options.Stems.Enabled = false;
    };

    [Fact]
    public async Task What_finds_no_room_is_throttled_and_what_finds_some_in_time_runs()
    {
        var gates = new ConcurrentDictionary<string, TaskCompletionSource>();
        var started = new ConcurrentDictionary<string, TaskCompletionSource>();
        foreach (var name in new[] { "a", "b", "c" })
            (gates[name], started[name]) = (new(), new());
        var driver = new FakeSandboxDriver(async process =>
        {
            var name = process.Spec.Environment["AWS_LAMBDA_FUNCTION_NAME"];
            while (true)
            {
                using var next = await process.NextAsync();
                started[name].TrySetResult();
                await gates[name].Task;
                await process.RespondAsync(next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single(), "1");
            }
        });
        await using var server = await PilotlightServer.StartAsync(driver, configure: Narrow(TimeSpan.FromMilliseconds(100)));
        foreach (var name in gates.Keys)
            await EnvironmentLifecycleTests.CreateAsync(server, name);
        var (a, b) = (EnvironmentLifecycleTests.InvokeAsync(server, "a", "{}"), EnvironmentLifecycleTests.InvokeAsync(server, "b", "{}"));
        await Task.WhenAll(started["a"].Task, started["b"].Task);

        using (var refused = await EnvironmentLifecycleTests.InvokeAsync(server, "c", "{}"))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(
                """{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}""", await refused.Content.ReadAsStringAsync());
        }

        gates["c"].SetResult();
        gates["a"].SetResult();
        Assert.Equal(HttpStatusCode.OK, (await a).StatusCode);
        // The environment of a is idle now, and makes room.
        await EnvironmentLifecycleTests.Until(async () => (await EnvironmentLifecycleTests.InvokeAsync(server, "c", "{}")).IsSuccessStatusCode);
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(driver.Sandboxes.Count(sandbox => !sandbox.IsDisposed) == 2));
        gates["b"].SetResult();
        Assert.Equal(HttpStatusCode.OK, (await b).StatusCode);
    }

    [Fact]
    public async Task Frozen_environments_count_for_what_they_hold_and_all_of_it_comes_back()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver, configure: options =>
        {
            Narrow(TimeSpan.FromSeconds(20))(options);
            options.Environments.FreezeAfter = TimeSpan.FromMilliseconds(1);
        });
        var budget = server.Platform.Services.GetRequiredService<MemoryBudget>();
        for (var n = 0; n < 8; n++)
        {
            await EnvironmentLifecycleTests.CreateAsync(server, $"f{n}");
            Assert.Equal(HttpStatusCode.OK, (await EnvironmentLifecycleTests.InvokeAsync(server, $"f{n}", "{}")).StatusCode);
            // 10 MB are held by each of the stand-ins.
            await EnvironmentLifecycleTests.Until(() => Task.FromResult(budget.Promised <= (n + 1) * (10L << 20)));
        }

        Assert.Equal(8, driver.Sandboxes.Count(sandbox => !sandbox.IsDisposed));
        for (var n = 0; n < 8; n++)
            Assert.Equal(HttpStatusCode.OK, (await EnvironmentLifecycleTests.InvokeAsync(server, $"f{n}", "{}")).StatusCode);
        for (var n = 0; n < 8; n++)
            (await server.Client.LambdaAsync(HttpMethod.Delete, $"/2015-03-31/functions/f{n}")).Dispose();
        await EnvironmentLifecycleTests.Until(() => Task.FromResult(budget.Promised == 0));
    }

    [Fact]
    public async Task As_many_idle_ones_are_ended_as_make_room_and_no_more()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver, configure: Narrow(TimeSpan.FromSeconds(20)));
        foreach (var name in new[] { "first", "second", "third" })
        {
            await EnvironmentLifecycleTests.CreateAsync(server, name);
            Assert.Equal(HttpStatusCode.OK, (await EnvironmentLifecycleTests.InvokeAsync(server, name, "{}")).StatusCode);
        }

        var left = server.Platform.Services.GetRequiredService<EnvironmentPools>().Snapshot()
            .Where(environment => environment.State != EnvironmentState.Stopping).Select(environment => environment.Version.Name).ToList();
        Assert.Equal(2, left.Count);
        Assert.Contains("third", left);
    }
}
