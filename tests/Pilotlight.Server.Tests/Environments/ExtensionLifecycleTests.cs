using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Environments;
using Pilotlight.Sandbox;
using Pilotlight.Testing;
using Pilotlight.Tests.Functions;
using static Pilotlight.Tests.RuntimeApi.ExtensionsApiTests;

namespace Pilotlight.Tests.Environments;

/// <summary>External extensions through INIT, INVOKE and SHUTDOWN, over the real APIs; only the sandbox is a stand-in.</summary>
public sealed class ExtensionLifecycleTests
{
    const string Folder = "/opt/extensions/";

    [Fact]
    public async Task Extensions_start_before_the_runtime_and_get_what_is_theirs()
    {
        var order = new List<string>();
        var driver = new FakeSandboxDriver(async process =>
        {
            lock (order)
                order.Add(process.Spec.Path);
            return IsExtension(process) ? await FollowAsync(process, "INVOKE") : await process.ServeAsync((_, payload) => payload);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "b", "a");
        using var answer = await EnvironmentLifecycleTests.InvokeAsync(server, "extended", "1");
        Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        Assert.Equal([Folder + "a", Folder + "b"], order[..2]);
        Assert.Equal(3, order.Count);
        var extension = driver.Sandboxes.Single().Processes[0].Spec;
        Assert.Equal((ProcessOutput.Aside, "/"), (extension.Output, extension.WorkingDirectory));
        Assert.Equal("extended", extension.Environment["AWS_LAMBDA_FUNCTION_NAME"]);
        Assert.DoesNotContain(extension.Environment.Keys, name => name.StartsWith('_') || name is "LAMBDA_TASK_ROOT" or "AWS_EXECUTION_ENV");
    }

    [Fact]
    public async Task What_cannot_be_executed_fails_INIT_with_its_own_type()
    {
        var driver = new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload))
        {
            Refuse = spec => spec.Path == Folder + "a" ? new SandboxExecException(spec.Path, 13, $"{spec.Path}: Permission denied") : null,
        };
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "a");
        await FailsAsync(server, "Extension.LaunchError", "fork/exec /opt/extensions/a: permission denied");
        await Until(async () => (await LogAsync(server)).Contains("EXTENSION\tName: a\tState: LaunchError\tEvents: []\tError Type: PermissionDenied"));
    }

    [Theory]
    [InlineData(null, 3, "Extension.Crash", "exit status 3")]
    [InlineData(null, 0, "Extension.Crash", "exit code 0")]
    [InlineData("init/error", 1, "Extension.InitError", "exit status 1")]
    [InlineData("exit/error", 1, "Extension.ExitError", "exit status 1")]
    public async Task An_extension_that_ends_in_INIT_fails_it(string? report, int code, string type, string message)
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            if (!IsExtension(process))
                return await process.ServeAsync((_, payload) => payload);
            if (report is null)
                return new ExitStatus(code, 0);
            var id = await RegisterAsync(process, "a", "[]");
            await SendAsync(process, "POST", $"/2020-01-01/extension/{report}", "", $"Lambda-Extension-Identifier:{id},Lambda-Extension-Function-Error-Type:Extension.Mine");
            return new ExitStatus(code, 0);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "a");
        await FailsAsync(server, type, message);
        Assert.Equal(2, driver.Sandboxes.Count);
        await Until(() => Task.FromResult(driver.Sandboxes.All(sandbox => sandbox.IsDisposed)));
    }

    [Fact]
    public async Task An_eleventh_extension_is_one_too_many()
    {
        var driver = new FakeSandboxDriver(process => IsExtension(process) ? FollowAsync(process, "INVOKE") : process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, [.. Enumerable.Range(10, 12).Select(number => $"e{number}")]);
        await FailsAsync(server, "Extension.LaunchError", "ErrTooManyExtensions");
    }

    [Fact]
    public async Task INIT_has_one_limit_for_everybody()
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            if (!IsExtension(process))
                return await process.ServeAsync((_, payload) => payload);
            await RegisterAsync(process, "a", "[\"INVOKE\"]");
            await Task.Delay(Timeout.Infinite, process.Killed);
            return default;
        });
        await using var server = await PilotlightServer.StartAsync(driver, configure: options => options.Environments.InitLimit = TimeSpan.FromMilliseconds(300));
        await CreateAsync(server, "a");
        await FailsAsync(server, "Sandbox.Timedout", "Task timed out after 2.00 seconds");
    }

    [Fact]
    public async Task The_answer_goes_out_at_once_and_the_environment_is_free_when_the_extension_is()
    {
        var gate = new TaskCompletionSource();
        var driver = new FakeSandboxDriver(process => IsExtension(process) ? FollowAsync(process, "INVOKE", _ => gate.Task) : process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "a");
        using var answer = await EnvironmentLifecycleTests.InvokeAsync(server, "extended", "1");
        Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        Assert.Equal(EnvironmentState.Busy, Assert.Single(Environments(server)).State);
        Assert.DoesNotContain("REPORT", await LogAsync(server));
        gate.SetResult();
        await Until(() => Task.FromResult(Environments(server).Single().State == EnvironmentState.Idle));
        await Until(async () => (await LogAsync(server)).Contains("REPORT"));
    }

    [Fact]
    public async Task A_crash_while_an_event_runs_fails_the_invocation_and_a_new_environment_serves_the_next()
    {
        var driver = new FakeSandboxDriver(async process =>
        {
            if (!IsExtension(process))
            {
                return await process.ServeAsync((_, payload) =>
                {
                    if (payload == "\"wait\"")
                        process.Killed.WaitHandle.WaitOne();
                    return payload;
                });
            }

            var id = await RegisterAsync(process, "a", "[\"INVOKE\"]");
            for (var i = 0; i < 2; i++)
                await SendAsync(process, "GET", "/2020-01-01/extension/event/next", null, $"Lambda-Extension-Identifier:{id}");
            return new ExitStatus(0, 11);
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "a");
        using (var answer = await EnvironmentLifecycleTests.InvokeAsync(server, "extended", "1"))
            Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        await Until(() => Task.FromResult(Environments(server).Single().State == EnvironmentState.Idle));
        await FailsAsync(server, "Extension.Crash", "signal: segmentation fault", "\"wait\"");
        using var again = await EnvironmentLifecycleTests.InvokeAsync(server, "extended", "2");
        Assert.Equal("2", await again.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_timeout_covers_extensions_and_they_are_told_of_it()
    {
        var events = new List<string>();
        var driver = new FakeSandboxDriver(process => IsExtension(process)
            ? FollowAsync(process, "INVOKE\",\"SHUTDOWN", async happening =>
            {
                lock (events)
                    events.Add(happening);
                if (happening.Contains("INVOKE"))
                    await Task.Delay(2500, process.Killed);
            })
            : process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "a");
        using var answer = await EnvironmentLifecycleTests.InvokeAsync(server, "extended", "1");
        Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        await Until(() => Task.FromResult(driver.Sandboxes.Single().IsDisposed));
        Assert.Contains("Status: timeout", await LogAsync(server));
        Assert.Contains("\"shutdownReason\":\"timeout\"", events.Last());
    }

    [Fact]
    public async Task An_environment_that_ends_tells_its_runtime_first_and_then_its_extensions()
    {
        var events = new List<string>();
        var driver = new FakeSandboxDriver(process => IsExtension(process)
            ? FollowAsync(process, process.Spec.Path.EndsWith('a') ? "INVOKE\",\"SHUTDOWN" : "INVOKE", happening =>
            {
                lock (events)
                    events.Add(happening);
                return Task.CompletedTask;
            })
            : process.ServeAsync((_, payload) => payload));
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "a", "b");
        using (var answer = await EnvironmentLifecycleTests.InvokeAsync(server, "extended", "1"))
            Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        using (await server.Client.LambdaAsync(HttpMethod.Delete, "/2015-03-31/functions/extended", null))
            await Until(() => Task.FromResult(driver.Sandboxes.Single().IsDisposed));
        var processes = driver.Sandboxes.Single().Processes;
        Assert.Equal([[], [9], [15]], processes.Select(process => process.Signals));
        Assert.Contains("\"eventType\":\"SHUTDOWN\"", events.Last());
        Assert.Contains("\"shutdownReason\":\"spindown\"", events.Last());
        Assert.Equal(1, events.Count(happening => happening.Contains("SHUTDOWN")));
    }

    [Fact]
    public async Task Telemetry_is_delivered_as_it_was_asked_for()
    {
        await using var receiver = await Receiver.StartAsync();
        var driver = new FakeSandboxDriver(async process =>
        {
            if (!IsExtension(process))
            {
                return await process.ServeAsync((_, payload) =>
                {
                    process.Write("line of the function\n");
                    return payload;
                });
            }

            process.Write("line of the extension\n");
            var id = await RegisterAsync(process, "a", "[\"INVOKE\"]");
            var subscribed = await SendAsync(process, "PUT", "/2022-07-01/telemetry", $$"""
                {"schemaVersion":"2022-12-13","types":["platform","function","extension"],"buffering":{"timeoutMs":25},
                 "destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:{{receiver.Port}}/in"} }
                """, $"Lambda-Extension-Identifier:{id}");
            Assert.Equal((200, "\"OK\""), subscribed);
            while (true)
                await SendAsync(process, "GET", "/2020-01-01/extension/event/next", null, $"Lambda-Extension-Identifier:{id}");
        });
        await using var server = await PilotlightServer.StartAsync(driver);
        await CreateAsync(server, "a");
        receiver.Refusals = 2;
        using (var answer = await EnvironmentLifecycleTests.InvokeAsync(server, "extended", "1"))
            Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        await Until(() => Task.FromResult(receiver.Types.Contains("platform.report")));
        Assert.Equal(
            ["platform.initStart", "platform.initRuntimeDone", "platform.extension", "platform.initReport",
                "platform.start", "platform.runtimeDone", "platform.report"],
            receiver.Types.Where(type => type.StartsWith("platform.") && type != "platform.telemetrySubscription"));
        // The runtime starts as soon as the extension has registered: this one may come a little later.
        Assert.Single(receiver.Types, "platform.telemetrySubscription");
        Assert.Equal("line of the function\n", receiver.Records.First(record => record.GetProperty("type").GetString() == "function").GetProperty("record").GetString());
        Assert.Equal("line of the extension\n", receiver.Records.First(record => record.GetProperty("type").GetString() == "extension").GetProperty("record").GetString());
        Assert.Equal(0, receiver.Refusals);
        Assert.Contains("TELEMETRY\tName: a\tState: Subscribed\tTypes: [Platform, Function, Extension]", await LogAsync(server));
    }

    static bool IsExtension(FakeProcessContext process) => process.Spec.Path.StartsWith(Folder);

    /// <summary>An extension that asks for event after event, and ends when it is told to.</summary>
    static async Task<ExitStatus> FollowAsync(FakeProcessContext process, string events, Func<string, Task>? take = null)
    {
        var id = await RegisterAsync(process, process.Spec.Path[Folder.Length..], $"[\"{events}\"]");
        while (true)
        {
            var (status, body) = await SendAsync(process, "GET", "/2020-01-01/extension/event/next", null, $"Lambda-Extension-Identifier:{id}");
            Assert.Equal(200, status);
            await (take?.Invoke(body) ?? Task.CompletedTask);
            if (body.Contains("SHUTDOWN"))
                return default;
        }
    }

    static async Task CreateAsync(PilotlightServer server, params string[] extensions)
    {
        var zip = Convert.ToBase64String(Zips.Of([.. extensions.Select(name => ($"extensions/{name}", "program"))]));
        using var published = await server.Client.LambdaAsync(HttpMethod.Post, "/2018-10-31/layers/extensions/versions", $$$"""{"Content":{"ZipFile":"{{{zip}}}"}}""");
        using var layer = JsonDocument.Parse(await published.Content.ReadAsStringAsync());
        await EnvironmentLifecycleTests.CreateAsync(server, "extended", timeoutSeconds: 2);
        var arn = layer.RootElement.GetProperty("LayerVersionArn").GetString();
        // Refused while the function is still being made.
        await Until(async () =>
        {
            using var updated = await server.Client.LambdaAsync(HttpMethod.Put, "/2015-03-31/functions/extended/configuration", $$"""{"Layers":["{{arn}}"]}""");
            return updated.StatusCode == HttpStatusCode.OK;
        });
        await Until(async () =>
        {
            using var shown = await server.Client.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions/extended/configuration");
            return (await shown.Content.ReadAsStringAsync()).Contains("\"LastUpdateStatus\":\"Successful\"");
        });
    }

    static async Task FailsAsync(PilotlightServer server, string type, string message, string payload = "{}")
    {
        using var answer = await EnvironmentLifecycleTests.InvokeAsync(server, "extended", payload);
        var id = answer.Headers.GetValues("x-amzn-RequestId").Single();
        Assert.Equal($$"""{"errorType":"{{type}}","errorMessage":"RequestId: {{id}} Error: {{message}}"}""", await answer.Content.ReadAsStringAsync());
    }

    static Task Until(Func<Task<bool>> condition) => EnvironmentLifecycleTests.Until(condition);

    static IReadOnlyList<ExecutionEnvironment> Environments(PilotlightServer server) =>
        [.. server.Platform.Services.GetRequiredService<EnvironmentPools>().Snapshot()];

    static async Task<string> LogAsync(PilotlightServer server)
    {
        using var answer = await server.Client.SendAsync(
            "logs", HttpMethod.Post, "/", """{"logGroupName":"/aws/lambda/extended"}"""u8.ToArray(), ("X-Amz-Target", "Logs_20140328.FilterLogEvents"), ("Content-Type", "application/x-amz-json-1.1"));
        if (!answer.IsSuccessStatusCode)
            return "";
        using var events = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return string.Concat(events.RootElement.GetProperty("events").EnumerateArray().Select(line => line.GetProperty("message").GetString()));
    }

    /// <summary>What an extension listens with; it refuses as many batches as it is told.</summary>
    sealed class Receiver : IAsyncDisposable
    {
        readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        readonly List<JsonElement> _records = [];
        readonly CancellationTokenSource _stopping = new();
        Task _serving = Task.CompletedTask;

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Refusals { get; set; }

        public IReadOnlyList<JsonElement> Records
        {
            get
            {
                lock (_records)
                    return [.. _records];
            }
        }

        public IReadOnlyList<string> Types => [.. Records.Select(record => record.GetProperty("type").GetString()!)];

        public static Task<Receiver> StartAsync()
        {
            var receiver = new Receiver();
            receiver._listener.Start();
            receiver._serving = receiver.ServeAsync();
            return Task.FromResult(receiver);
        }

        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var connection = await _listener.AcceptTcpClientAsync(_stopping.Token);
                    await AnswerAsync(connection.GetStream());
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
            }
        }

        async Task AnswerAsync(NetworkStream stream)
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n") && await stream.ReadAsync(one, _stopping.Token) == 1)
                head.Append((char)one[0]);
            var length = int.Parse(head.ToString().Split("Content-Length: ")[1].Split('\r')[0]);
            var body = new byte[length];
            await stream.ReadExactlyAsync(body, _stopping.Token);
            var refuse = Refusals > 0;
            if (refuse)
                Refusals--;
            else
                lock (_records)
                    _records.AddRange(JsonDocument.Parse(body).RootElement.EnumerateArray());
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(refuse ? "500 No" : "200 OK")}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), _stopping.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _serving;
            _listener.Dispose();
        }
    }
}
