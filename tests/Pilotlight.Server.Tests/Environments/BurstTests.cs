using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Environments;
using Pilotlight.Testing;
using static Pilotlight.Tests.Environments.EnvironmentLifecycleTests;

namespace Pilotlight.Tests.Environments;

/// <summary>More requests than cold starts that may run at the same time.</summary>
public sealed class BurstTests
{
    static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_request_in_line_for_a_cold_start_takes_an_environment_that_comes_back_first()
    {
        var gate = new TaskCompletionSource();
        var started = 0;
        var driver = new FakeSandboxDriver(async process =>
        {
            if (Interlocked.Increment(ref started) > 1)
                await Task.Delay(Timeout.Infinite, process.Killed);
            await gate.Task;
            return await process.ServeAsync((_, payload) => payload);
        });
        await using var server = await StartAsync(driver);
        await CreateAsync(server, "burst");
        var calls = Enumerable.Range(0, 20).Select(n => InvokeAsync(server, "burst", $"{n}")).ToList();
        await Until(() => Task.FromResult(server.Platform.Services.GetRequiredService<EnvironmentPools>().Starting == 20));
        gate.SetResult();

        // One has the turn that the first start gave back, and will never be done. All others are served by the first environment.
        for (var served = 0; served < 19; served++)
        {
            var call = await Task.WhenAny(calls).WaitAsync(s_long, TestContext.Current.CancellationToken);
            calls.Remove(call);
            Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        }

        Assert.True(driver.Sandboxes.Count < 20);
    }

    [Fact]
    public async Task An_INIT_that_waits_for_something_does_not_hold_up_the_cold_starts_of_others()
    {
        var waiting = new TaskCompletionSource();
        var driver = new FakeSandboxDriver(async process =>
        {
            if (process.Spec.Environment["AWS_LAMBDA_FUNCTION_NAME"] == "waiting")
            {
                waiting.TrySetResult();
                await Task.Delay(Timeout.Infinite, process.Killed);
            }

            return await process.ServeAsync((_, payload) => payload);
        });
        await using var server = await StartAsync(driver, TimeSpan.FromHours(1));
        await CreateAsync(server, "waiting");
        await CreateAsync(server, "other");
        var held = InvokeAsync(server, "waiting", "1");
        await waiting.Task;
        using var answer = await InvokeAsync(server, "other", "2").WaitAsync(s_long, TestContext.Current.CancellationToken);
        Assert.Equal("2", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.False(held.IsCompleted);
    }

    static Task<PilotlightServer> StartAsync(FakeSandboxDriver driver, TimeSpan? initLimit = null) => PilotlightServer.StartAsync(driver, configure: options =>
    {
        options.Environments.ParallelStarts = 1;
        options.Environments.InitLimit = initLimit ?? options.Environments.InitLimit;
    });
}
