using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Pilotlight.Environments;
using Pilotlight.Sandbox;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Environments;

/// <summary>The life of environments, over real HTTP and the real Runtime API; only the sandbox is a stand-in.</summary>
public sealed class EnvironmentLifecycleTests
{
    [Fact]
    public async Task Reuses_the_environment_that_is_idle()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "echo");
        for (var i = 0; i < 20; i++)
            Assert.Equal($"{{\"n\":{i}}}", await (await InvokeAsync(server, "echo", $"{{\"n\":{i}}}")).Content.ReadAsStringAsync());
        Assert.Single(driver.Sandboxes);
    }

    [Fact]
    public async Task Runs_one_invocation_at_a_time_in_an_environment()
    {
        var gate = new TaskCompletionSource();
        var running = 0;
        var allRunning = new TaskCompletionSource();
        var driver = new FakeSandboxDriver(async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                if (Interlocked.Increment(ref running) == 5)
                    allRunning.SetResult();
                await gate.Task;
                await process.RespondAsync(next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single(), "1");
            }
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "slow");
        var calls = Enumerable.Range(0, 5).Select(_ => InvokeAsync(server, "slow", "{}")).ToList();
        await allRunning.Task;
        Assert.Equal(5, driver.Sandboxes.Count);
        gate.SetResult();
        foreach (var call in calls)
            Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
    }

    [Fact]
    public async Task What_is_over_the_account_limit_is_throttled_and_a_free_slot_serves_again()
    {
        var gate = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        var driver = new FakeSandboxDriver(async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                started.TrySetResult();
                await gate.Task;
                await process.RespondAsync(next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single(), "1");
            }
        });
        await using var server = await PilotlightServer.StartAsync(driver, configure: options => options.Concurrency.AccountLimit = 1);
        await CreateAsync(server, "one");
        var first = InvokeAsync(server, "one", "{}");
        await started.Task;
        using var second = await InvokeAsync(server, "one", "{}");
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.Equal(
            """{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}""", await second.Content.ReadAsStringAsync());
        gate.SetResult();
        await first;
        await Until(async () => (await InvokeAsync(server, "one", "{}")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task An_error_of_the_handler_keeps_the_environment()
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                await process.FailAsync(next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single(), """{"errorMessage":"no","errorType":"E"}""");
            }
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "failing");
        for (var i = 0; i < 2; i++)
        {
            using var answer = await InvokeAsync(server, "failing", "{}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("Unhandled", answer.Headers.GetValues("X-Amz-Function-Error").Single());
            Assert.Equal("""{"errorMessage":"no","errorType":"E"}""", await answer.Content.ReadAsStringAsync());
        }

        Assert.Single(driver.Sandboxes);
    }

    [Fact]
    public async Task A_process_that_ends_is_reported_and_its_environment_is_not_used_again()
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            using var next = await process.NextAsync();
            return new ExitStatus(3, 0);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "crash");
        for (var i = 0; i < 2; i++)
        {
            using var answer = await InvokeAsync(server, "crash", "{}");
            var id = answer.Headers.GetValues("x-amzn-RequestId").Single();
            Assert.Equal(
                $$"""{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {{id}} Error: Runtime exited with error: exit status 3"}""",
                await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(2, driver.Sandboxes.Count);
        await Until(() => Task.FromResult(driver.Sandboxes.All(sandbox => sandbox.IsDisposed)));
    }

    [Fact]
    public async Task A_timeout_is_reported_and_its_environment_is_destroyed()
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            using var next = await process.NextAsync();
            await Task.Delay(Timeout.Infinite, process.Killed);
            return default;
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "never", timeoutSeconds: 1);
        using var answer = await InvokeAsync(server, "never", "{}", ("X-Amz-Log-Type", "Tail"));
        var id = answer.Headers.GetValues("x-amzn-RequestId").Single();
        Assert.Equal(
            $$"""{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {{id}} Error: Task timed out after 1.00 seconds"}""",
            await answer.Content.ReadAsStringAsync());
        Assert.EndsWith("Status: timeout\n", Tail(answer));
        await Until(() => Task.FromResult(driver.Sandboxes.Single().IsDisposed));
    }

    [Fact]
    public async Task A_failed_init_is_run_once_more_and_what_it_says_then_is_the_answer()
    {
        var attempts = 0;
        var driver = new FakeSandboxDriver(async process =>
        {
            var attempt = Interlocked.Increment(ref attempts);
            await process.FailInitAsync($$"""{"errorMessage":"attempt {{attempt}}","errorType":"Runtime.ImportModuleError"}""", "Runtime.ImportModuleError");
            return new ExitStatus(1, 0);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "broken");
        using var answer = await InvokeAsync(server, "broken", "{}", ("X-Amz-Log-Type", "Tail"));
        Assert.Equal("""{"errorMessage":"attempt 2","errorType":"Runtime.ImportModuleError"}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal("Unhandled", answer.Headers.GetValues("X-Amz-Function-Error").Single());
        Assert.Contains("Status: error\tError Type: Runtime.ImportModuleError\n", Tail(answer));
    }

    [Fact]
    public async Task The_tail_holds_everything_the_invocation_wrote_from_START_to_REPORT()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) =>
        {
            process.Write("one\ntwo\nno line end");
            return payload;
        }));
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "talking");
        using var answer = await InvokeAsync(server, "talking", "{}", ("X-Amz-Log-Type", "Tail"));
        var id = answer.Headers.GetValues("x-amzn-RequestId").Single();
        var lines = Tail(answer).Split('\n');
        Assert.Equal([$"START RequestId: {id} Version: $LATEST", "one", "two"], lines[..3]);
        Assert.StartsWith($"no line endEND RequestId: {id}", lines[3]);
        Assert.StartsWith($"REPORT RequestId: {id}\tDuration: ", lines[4]);
    }

    [Fact]
    public async Task New_code_starts_fresh_environments()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "updated");
        await InvokeAsync(server, "updated", "{}");
        using var update = await server.Client.LambdaAsync(
            HttpMethod.Put, "/2015-03-31/functions/updated/configuration", """{"MemorySize":256}""");
        Assert.Equal(HttpStatusCode.OK, update.StatusCode);
        await Until(async () => (await (await server.Client.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions/updated/configuration"))
            .Content.ReadAsStringAsync()).Contains("\"LastUpdateStatus\":\"Successful\""));
        await InvokeAsync(server, "updated", "{}");
        Assert.Equal(2, driver.Sandboxes.Count);
        Assert.Equal(256L << 20, driver.Sandboxes[1].Spec.MemoryBytes);
        await Until(() => Task.FromResult(driver.Sandboxes[0].IsDisposed));
    }

    [Fact]
    public async Task Idle_environments_freeze_thaw_and_are_reaped()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver, configure: options =>
        {
            options.Environments.FreezeAfter = TimeSpan.FromMilliseconds(1);
            options.Environments.KeepWarm = TimeSpan.FromSeconds(2);
        });
        await CreateAsync(server, "sleepy");
        await InvokeAsync(server, "sleepy", "{}");
        await Until(() => Task.FromResult(driver.Sandboxes[0].IsFrozen));
        using var again = await InvokeAsync(server, "sleepy", "7");
        Assert.Equal("7", await again.Content.ReadAsStringAsync());
        Assert.Single(driver.Sandboxes);
        await Until(() => Task.FromResult(driver.Sandboxes[0].IsDisposed));
    }

    [Fact]
    public async Task An_answer_that_is_too_large_is_refused_and_the_environment_goes_on()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload == "1" ? "1" : new string('x', 6_291_557)));
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "large");
        using var answer = await InvokeAsync(server, "large", "{}");
        Assert.Equal(
            """{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}""",
            await answer.Content.ReadAsStringAsync());
        using var plain = new HttpClient();
        await Until(async () => (await plain.GetStringAsync(new Uri(server.Endpoint, "/_pilotlight/environments"))).Contains("\"Idle\""));
        using var next = await InvokeAsync(server, "large", "1");
        Assert.Equal("1", await next.Content.ReadAsStringAsync());
        Assert.Single(driver.Sandboxes);
    }

    [Fact]
    public async Task The_event_and_its_circumstances_reach_the_runtime()
    {
        Dictionary<string, string> seen = [];
        var driver = new FakeSandboxDriver(async process =>
        {
            while (true)
            {
                using var next = await process.NextAsync();
                foreach (var header in next.Headers)
                    seen[header.Key] = string.Join(",", header.Value);
                seen["body"] = await next.Content.ReadAsStringAsync();
                await process.RespondAsync(seen["Lambda-Runtime-Aws-Request-Id"], "null");
            }
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "seen");
        var context = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"custom":{"k":"v"}}"""));
        using var answer = await InvokeAsync(server, "seen", "", ("X-Amz-Client-Context", context), ("X-Amzn-Trace-Id", "Root=1-5-6;Sampled=1"));
        Assert.Equal("null", await answer.Content.ReadAsStringAsync());
        Assert.Equal("$LATEST", answer.Headers.GetValues("X-Amz-Executed-Version").Single());
        Assert.Equal("{}", seen["body"]);
        Assert.Equal(answer.Headers.GetValues("x-amzn-RequestId").Single(), seen["Lambda-Runtime-Aws-Request-Id"]);
        Assert.Equal("arn:aws:lambda:us-east-1:000000000000:function:seen", seen["Lambda-Runtime-Invoked-Function-Arn"]);
        Assert.Matches("^Root=1-5-6;Sampled=1;Lineage=1:[0-9a-f]{8}:0$", seen["Lambda-Runtime-Trace-Id"]);
        Assert.Equal("""{"custom":{"k":"v"}}""", seen["Lambda-Runtime-Client-Context"]);
    }

    static string Tail(HttpResponseMessage answer) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(answer.Headers.GetValues("X-Amz-Log-Result").Single()));

    internal static Task<HttpResponseMessage> InvokeAsync(PilotlightServer server, string name, string payload, params (string, string)[] headers) =>
        server.Client.LambdaAsync(HttpMethod.Post, $"/2015-03-31/functions/{name}/invocations", payload, headers);

    internal static async Task CreateAsync(
        PilotlightServer server, string name, int timeoutSeconds = 30, string runtime = "provided.al2023", string variables = "{}")
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var bootstrap = archive.CreateEntry("bootstrap").Open();
            bootstrap.Write("#!/bin/sh\n"u8);
        }

        var json = $$$"""
            {"FunctionName":"{{{name}}}","Runtime":"{{{runtime}}}","Handler":"h","Environment":{"Variables":{{{variables}}}},"Role":"arn:aws:iam::000000000000:role/r",
             "Timeout":{{{timeoutSeconds}}},"Code":{"ZipFile":"{{{Convert.ToBase64String(zip.ToArray())}}}"}}
            """;
        using var created = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions", json);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
    }

    /// <summary>Waits on a condition; the test's own time limit ends a hopeless wait.</summary>
    internal static async Task Until(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 6000; i++)
        {
            if (await condition())
                return;
            await Task.Delay(10);
        }

        Assert.Fail("The condition did not come true.");
    }
}
