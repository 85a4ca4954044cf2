using System.Net;
using System.Text;
using System.Text.Json;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Invocations;

/// <summary>Streamed answers from the runtime's socket to the client's, over the real Runtime API.</summary>
public sealed class ResponseStreamingTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chunk_reaches_the_client_while_the_function_still_runs()
    {
        var seen = new TaskCompletionSource();
        await using var server = await StartAsync(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id, "text/x-poem");
            await stream.WriteAsync("one");
            await seen.Task;
            await stream.WriteAsync("two");
            Assert.Equal(202, await stream.EndAsync());
        });
        using var answer = await InvokeAsync(server);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/vnd.amazon.eventstream", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("text/x-poem", answer.Headers.GetValues("X-Amzn-Remapped-Content-Type").Single());
        Assert.Equal("$LATEST", answer.Headers.GetValues("X-Amz-Executed-Version").Single());
        var reader = new EventStreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        var first = (await reader.ReadAsync(Cancellation))!;
        Assert.Equal(("PayloadChunk", "one"), (first.EventType, first.Text));
        Assert.Equal("event", first.Headers[":message-type"]);
        Assert.Equal("application/octet-stream", first.Headers[":content-type"]);
        seen.SetResult();
        Assert.Equal(("two", "{}"), await reader.ReadAllAsync(Cancellation));
    }

    [Fact]
    public async Task The_environment_serves_the_next_stream()
    {
        var driver = Driver(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id);
            await stream.WriteAsync("x");
            await stream.EndAsync();
        });
        await using var server = await StartAsync(driver);
        for (var i = 0; i < 10; i++)
            Assert.Equal(("x", "{}"), await ReadAsync(server));
        Assert.Single(driver.Sandboxes);
    }

    [Fact]
    public async Task A_function_that_does_not_stream_gives_one_chunk()
    {
        await using var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        await EnvironmentLifecycleTests.CreateAsync(server, "one");
        using var answer = await InvokeAsync(server);
        var reader = new EventStreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal("{\"n\":1}", (await reader.ReadAsync(Cancellation))!.Text);
        Assert.Equal("InvokeComplete", (await reader.ReadAsync(Cancellation))!.EventType);
    }

    [Fact]
    public async Task A_caller_of_Invoke_gets_the_stream_whole()
    {
        await using var server = await StartAsync(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id);
            await stream.WriteAsync("one ");
            await stream.WriteAsync("two");
            await stream.EndAsync();
        });
        using var answer = await server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/one/invocations", "{}");
        Assert.Equal("one two", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task An_error_before_the_stream_is_in_InvokeComplete()
    {
        await using var server = await StartAsync((process, id) => process.FailAsync(id, """{"errorMessage":"no","errorType":"E"}"""));
        var (payload, complete) = await ReadAsync(server);
        Assert.Equal("", payload);
        Assert.Equal(("Unhandled", """{"errorMessage":"no","errorType":"E"}"""), ErrorOf(complete));
    }

    [Theory]
    [InlineData("Runtime.StreamError", "eyJhIjoxfQ==", "Runtime.StreamError", "{\"a\":1}")]
    [InlineData("Error", "eyJhIjoxfQ==", "Unhandled", "{\"a\":1}")]
    [InlineData("Runtime.StreamError", "no base64!", "Runtime.StreamError", "")]
    [InlineData("", "eyJhIjoxfQ==", "Unhandled", "{\"a\":1}")]
    public async Task An_error_in_the_trailers_follows_what_was_delivered(string type, string body, string code, string details)
    {
        await using var server = await StartAsync(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id);
            await stream.WriteAsync("part");
            await stream.EndAsync(("Lambda-Runtime-Function-Error-Type", type), ("Lambda-Runtime-Function-Error-Body", body));
        });
        var (payload, complete) = await ReadAsync(server);
        Assert.Equal("part", payload);
        Assert.Equal((code, details), ErrorOf(complete));
    }

    [Fact]
    public async Task What_a_process_wrote_just_before_its_end_arrives()
    {
        var driver = new FakeSandboxDriver(static async process =>
        {
            using var next = await process.NextAsync();
            using var stream = await FakeResponseStream.OpenAsync(process, IdOf(next));
            await stream.WriteAsync("part");
            return new ExitStatus(3, 0);
        });
        await using var server = await StartAsync(driver);
        for (var i = 0; i < 20; i++)
        {
            using var answer = await InvokeAsync(server);
            var reader = new EventStreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
            var (payload, complete) = await reader.ReadAllAsync(Cancellation);
            Assert.Equal(("part", "Runtime.ExitError"), (payload, ErrorOf(complete).Code));
        }
    }

    [Fact]
    public async Task A_process_that_ends_in_the_middle_leaves_what_it_wrote_and_its_exit_status()
    {
        var seen = new TaskCompletionSource();
        var driver = new FakeSandboxDriver(async process =>
        {
            using var next = await process.NextAsync();
            using var stream = await FakeResponseStream.OpenAsync(process, IdOf(next));
            await stream.WriteAsync("part");
            await seen.Task;
            return new ExitStatus(3, 0);
        });
        await using var server = await StartAsync(driver);
        using var answer = await InvokeAsync(server);
        var reader = new EventStreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal("part", (await reader.ReadAsync(Cancellation))!.Text);
        seen.SetResult();
        var (code, details) = ErrorOf((await reader.ReadAllAsync(Cancellation)).Complete);
        Assert.Equal("Runtime.ExitError", code);
        Assert.Contains("Runtime exited with error: exit status 3", details);
    }

    [Fact]
    public async Task A_timeout_in_the_middle_ends_the_stream()
    {
        await using var server = await StartAsync(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id);
            await stream.WriteAsync("part");
            await stream.StatusAsync();
        }, timeoutSeconds: 1);
        var (payload, complete) = await ReadAsync(server);
        Assert.Equal("part", payload);
        var (code, details) = ErrorOf(complete);
        Assert.Equal("Sandbox.Timedout", code);
        Assert.Contains("Task timed out after 1.00 seconds", details);
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("5\r\nhel")]
    [InlineData("5\r\nhelloX")]
    [InlineData("-1\r\n")]
    [InlineData("ffffffffffffffffff\r\n")]
    public async Task Bytes_that_are_no_chunk_end_the_stream_as_truncated(string bytes)
    {
        var seen = new TaskCompletionSource();
        var driver = Driver(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id);
            await stream.WriteAsync("part");
            await seen.Task;
            await stream.SendRawAsync(bytes);
        });
        await using var server = await StartAsync(driver);
        for (var i = 0; i < 2; i++)
        {
            using var answer = await InvokeAsync(server);
            var reader = new EventStreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
            Assert.Equal("part", (await reader.ReadAsync(Cancellation))!.Text);
            seen.TrySetResult();
            Assert.Equal("Runtime.TruncatedResponse", ErrorOf((await reader.ReadAllAsync(Cancellation)).Complete).Code);
            seen = new TaskCompletionSource();
        }

        Assert.Single(driver.Sandboxes);
    }

    [Fact]
    public async Task A_stream_over_the_limit_is_cut_off_and_the_environment_goes_on()
    {
        var refused = new TaskCompletionSource<int>();
        var driver = Driver(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id);
            await stream.WriteAsync(new string('a', 1000));
            await stream.WriteAsync(new string('a', 1000));
            refused.TrySetResult(await stream.StatusAsync());
        });
        await using var server = await StartAsync(driver, configure: options => options.Streaming.MaxBytes = 1500);
        Assert.Equal("Function.ResponseSizeTooLarge", ErrorOf((await ReadAsync(server)).Complete).Code);
        Assert.Equal(413, await refused.Task);
        await ReadAsync(server);
        Assert.Single(driver.Sandboxes);
    }

    [Fact]
    public async Task A_client_that_goes_away_does_not_stop_the_function()
    {
        var gone = new TaskCompletionSource();
        var done = new TaskCompletionSource<int>();
        await using var server = await StartAsync(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id);
            await stream.WriteAsync("part");
            await gone.Task;
            for (var i = 0; i < 64; i++)
                await stream.WriteAsync(new byte[64 * 1024]);
            done.SetResult(await stream.EndAsync());
        });
        using (var answer = await InvokeAsync(server))
        {
            var reader = new EventStreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
            await reader.ReadAsync(Cancellation);
        }

        gone.SetResult();
        Assert.Equal(202, await done.Task.WaitAsync(Cancellation));
    }

    [Fact]
    public async Task The_log_tail_and_REPORT_come_at_the_true_end()
    {
        await using var server = await StartAsync(async (process, id) =>
        {
            using var stream = await FakeResponseStream.OpenAsync(process, id);
            await stream.WriteAsync("part");
            process.Write("after the first chunk\n");
            await stream.EndAsync();
            process.Write("after the stream\n");
        });
        var (_, complete) = await ReadAsync(server, ("X-Amz-Log-Type", "Tail"));
        var log = Encoding.UTF8.GetString(JsonDocument.Parse(complete!).RootElement.GetProperty("LogResult").GetBytesFromBase64());
        Assert.Matches("(?s)^START .*after the first chunk\n.*after the stream\n.*END .*REPORT ", log);
    }

    [Fact]
    public async Task A_runtime_that_asks_for_the_next_event_before_it_has_answered_gets_it_afterwards()
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            var next = await process.NextAsync();
            while (true)
            {
                using var stream = await FakeResponseStream.OpenAsync(process, IdOf(next));
                await stream.WriteAsync("part");
                var asking = process.NextAsync();
                await stream.EndAsync();
                next.Dispose();
                next = await asking;
            }
        });
        await using var server = await StartAsync(driver);
        Assert.Equal(("part", "{}"), await ReadAsync(server));
        Assert.Equal(("part", "{}"), await ReadAsync(server));
        Assert.Single(driver.Sandboxes);
    }

    [Fact]
    public async Task A_dry_run_runs_nothing_and_a_function_that_is_not_there_is_refused_plainly()
    {
        await using var server = await StartAsync((_, _) => throw new InvalidOperationException());
        using var dry = await InvokeAsync(server, "one", ("X-Amz-Invocation-Type", "DryRun"));
        Assert.Equal(HttpStatusCode.NoContent, dry.StatusCode);
        using var missing = await InvokeAsync(server, "none");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        using var asynchronous = await InvokeAsync(server, "one", ("X-Amz-Invocation-Type", "Event"));
        Assert.Equal(HttpStatusCode.BadRequest, asynchronous.StatusCode);
    }

    static (string Code, string Details) ErrorOf(string? complete)
    {
        var json = JsonDocument.Parse(complete!).RootElement;
        return (json.GetProperty("ErrorCode").GetString()!, json.GetProperty("ErrorDetails").GetString()!);
    }

    static string IdOf(HttpResponseMessage next) => next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();

    static async Task<(string Payload, string? Complete)> ReadAsync(PilotlightServer server, params (string, string)[] headers)
    {
        using var answer = await InvokeAsync(server, "one", headers);
        return await new EventStreamReader(await answer.Content.ReadAsStreamAsync(Cancellation)).ReadAllAsync(Cancellation);
    }

    static Task<HttpResponseMessage> InvokeAsync(PilotlightServer server, string name = "one", params (string, string)[] headers) =>
        server.Client.SendAsync(
            "lambda", HttpMethod.Post, $"/2021-11-15/functions/{name}/response-streaming-invocations", "{\"n\":1}"u8.ToArray(), headers);

    static FakeSandboxDriver Driver(Func<FakeProcessContext, string, Task> answer) => new(async process =>
    {
        while (true)
        {
            using var next = await process.NextAsync();
            await answer(process, IdOf(next));
        }
    });

    static Task<PilotlightServer> StartAsync(Func<FakeProcessContext, string, Task> answer, int timeoutSeconds = 30) =>
        StartAsync(Driver(answer), timeoutSeconds);

    static async Task<PilotlightServer> StartAsync(
        FakeSandboxDriver driver, int timeoutSeconds = 30, Action<PlatformOptions>? configure = null)
    {
        var server = await PilotlightServer.StartAsync(driver, configure: configure);
        await EnvironmentLifecycleTests.CreateAsync(server, "one", timeoutSeconds);
        return server;
    }
}
