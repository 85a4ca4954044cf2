using System.Text.Json;
using Pilotlight.Cli;
using Pilotlight.Sandbox;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Cli;

/// <summary>The commands against the whole server; only the sandbox is a stand-in.</summary>
public sealed class CommandsTests : IDisposable
{
    readonly FolderFixture _folder = new();
    readonly FakeSandboxDriver _driver;
    string? _handler;

    public CommandsTests()
    {
        _folder.File("lambda_function.py", "def lambda_handler(event, context):\n    return event\n");
        _driver = new FakeSandboxDriver(EchoAsync);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Deploys_updates_invokes_lists_reads_logs_and_resets()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);

        Assert.Equal((0, "arn:aws:lambda:us-east-1:000000000000:function:echo\n"), await OutputAsync(server, "deploy", _folder.Path, "--name", "echo"));
        Assert.Equal((0, "{\"n\":1}\n"), await OutputAsync(server, "invoke", "echo", "{\"n\":1}"));

        _folder.File("more.py", "x = 1");
        var (code, updated) = await OutputAsync(
            server, "deploy", _folder.Path, "--name", "echo", "--memory", "256", "--timeout", "7", "--env", "STAGE=test", "--json");
        Assert.Equal(0, code);
        var configuration = JsonDocument.Parse(updated).RootElement;
        Assert.Equal(256, configuration.GetProperty("MemorySize").GetInt32());
        Assert.Equal(7, configuration.GetProperty("Timeout").GetInt32());
        Assert.Equal("test", configuration.GetProperty("Environment").GetProperty("Variables").GetProperty("STAGE").GetString());

        Assert.Equal((1, "{\"errorType\":\"Sad\",\"errorMessage\":\"no\"}\n"), await OutputAsync(server, "invoke", "echo", "\"fail\""));
        var (_, environments) = await OutputAsync(server, "ps", "--json");
        Assert.Contains(
            JsonDocument.Parse(environments).RootElement.GetProperty("environments").EnumerateArray(),
            environment => environment.GetProperty("function").GetString() == "echo");
        Assert.Contains("echo", (await OutputAsync(server, "ps")).Output);

        Assert.Equal((0, ""), await OutputAsync(server, "reset"));
        Assert.Equal(ExitCode.Refused, (await OutputAsync(server, "invoke", "echo")).Code);
    }

    [Fact]
    public async Task Makes_and_lists_accounts_and_their_root_keys()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);

        Assert.Equal(
            (0, "export AWS_ACCESS_KEY_ID=111122223333\nexport AWS_SECRET_ACCESS_KEY=test\n"),
            await OutputAsync(server, "account", "create", "111122223333", "--name", "sandbox"));
        Assert.Equal(ExitCode.Refused, (await OutputAsync(server, "account", "create", "111122223333")).Code);
        Assert.Matches("^export AWS_ACCESS_KEY_ID=AKIA[A-Z2-7]{16}\n", (await OutputAsync(server, "account", "key", "111122223333")).Output);
        Assert.Contains("sandbox", (await OutputAsync(server, "account", "list")).Output);
    }

    [Fact]
    public async Task Explains_a_decision_in_words_or_as_JSON()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);
        const string function = "arn:aws:lambda:us-east-1:000000000000:function:f";

        var (code, words) = await OutputAsync(server, "why", "000000000000", "lambda:InvokeFunction", function);
        Assert.Equal(0, code);
        Assert.StartsWith($"ALLOWED: lambda:InvokeFunction on {function} for arn:aws:iam::000000000000:root\n", words);

        var (_, json) = await OutputAsync(
            server, "why", "s3.amazonaws.com", "lambda:InvokeFunction", function, "--context", "aws:SourceArn=arn:aws:s3:::b", "--json");
        Assert.Equal("implicitDeny", JsonDocument.Parse(json).RootElement.GetProperty("Decision").GetString());

        Assert.Equal(ExitCode.Refused, (await OutputAsync(server, "why", "nobody", "lambda:InvokeFunction", function)).Code);
        Assert.Equal(ExitCode.Usage, (await OutputAsync(server, "why", "000000000000")).Code);
    }

    [Fact]
    public async Task Events_shows_what_waits_and_what_failed_and_why()
    {
        await using var server = await PilotlightServer.StartAsync(_driver, configure: static options => options.Invocations.RetryBaseDelay = TimeSpan.FromMilliseconds(10));
        await OutputAsync(server, "deploy", _folder.Path, "--name", "echo");
        var (_, request) = await OutputAsync(server, "invoke", "echo", "\"fail\"", "--async");
        var failed = "";
        while (!failed.Contains("RetriesExhausted", StringComparison.Ordinal))
            failed = (await OutputAsync(server, "events", "echo")).Output;

        Assert.Contains(request.Trim(), failed);
        Assert.Contains("nowhere", failed);
        Assert.Equal(3, JsonDocument.Parse((await OutputAsync(server, "events", "echo", "--json")).Output).RootElement.GetProperty("failed")[0].GetProperty("attempts").GetInt32());
        Assert.Equal(ExitCode.Refused, (await OutputAsync(server, "events", "never-was")).Code);
    }

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("""{"version":"1.0","requestContext":{"approximateInvokeCount":3},"requestPayload":[1, 2],"responsePayload":null}""", "[1, 2]")]
    [InlineData("""{"requestContext":{"http":{}},"requestPayload":1}""", """{"requestContext":{"http":{}},"requestPayload":1}""")]
    [InlineData("no JSON", "no JSON")]
    public void Replays_the_event_and_not_the_record_around_it(string body, string payload) =>
        Assert.Equal(payload, System.Text.Encoding.UTF8.GetString(EventsCommand.EventIn(body)));

    [Fact]
    public async Task Invoke_speaks_JSON_and_shows_the_log()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);
        await OutputAsync(server, "deploy", _folder.Path, "--name", "echo");

        var (code, output) = await OutputAsync(server, "invoke", "echo", "[1]", "--json");

        Assert.Equal(0, code);
        var answer = JsonDocument.Parse(output).RootElement;
        Assert.Equal("[1]", answer.GetProperty("payload").GetRawText());
        Assert.Equal("$LATEST", answer.GetProperty("executedVersion").GetString());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("functionError").ValueKind);
        Assert.Contains("got [1]", answer.GetProperty("log").EnumerateArray().Select(line => line.GetString()));
    }

    [Fact]
    public async Task Logs_follows_from_before_the_first_line_until_it_is_cancelled()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);
        await OutputAsync(server, "deploy", _folder.Path, "--name", "echo");
        using var stop = new CancellationTokenSource();
        var lines = new LineWriter();
        var following = RunAsync(server, lines, TextWriter.Null, stop.Token, "logs", "echo", "-f", "--filter", "got");

        await OutputAsync(server, "invoke", "echo", "1");
        Assert.Equal("got 1", await lines.ReadAsync());
        await OutputAsync(server, "invoke", "echo", "2");
        Assert.Equal("got 2", await lines.ReadAsync());
        await stop.CancelAsync();

        Assert.Equal(ExitCode.Success, await following);
        Assert.Equal((0, "got 1\ngot 2\n"), await OutputAsync(server, "logs", "echo", "--filter", "got"));
        Assert.Equal(ExitCode.Refused, (await OutputAsync(server, "logs", "never-was")).Code);
    }

    [Fact]
    public async Task Run_prints_the_log_on_standard_error_and_the_answer_on_standard_output()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);
        var (output, error) = (new StringWriter(), new StringWriter());

        Assert.Equal(0, await RunAsync(server, output, error, default, "run", _folder.Path, "{\"n\":1}"));

        Assert.Equal("{\"n\":1}\n", output.ToString());
        var log = error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("got {\"n\":1}", log);
        Assert.StartsWith("REPORT RequestId: ", log[^1]);
    }

    [Fact]
    public async Task Run_ends_with_1_when_the_function_fails()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);

        Assert.Equal(
            (ExitCode.FunctionError, "{\"errorType\":\"Sad\",\"errorMessage\":\"no\"}\n"), await OutputAsync(server, "run", _folder.Path, "\"fail\""));
    }

    [Fact]
    public async Task Run_packages_what_the_build_script_leaves()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);
        _folder.Executable("build", "#!/bin/sh\nset -e\necho building\ncp lambda_function.py \"$1\"/built.py\n");

        Assert.Equal((0, "1\n"), await OutputAsync(server, "run", _folder.Path, "1"));

        Assert.Equal("built.lambda_handler", _handler);
    }

    [Fact]
    public async Task A_build_that_fails_shows_what_it_printed()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);
        _folder.Executable("build", "#!/bin/sh\necho 'no compiler here' >&2\nexit 9\n");
        var error = new StringWriter();

        Assert.Equal(ExitCode.Refused, await RunAsync(server, TextWriter.Null, error, default, "run", _folder.Path));

        Assert.Contains("failed with exit code 9", error.ToString());
        Assert.Contains("no compiler here", error.ToString());
    }

    [Fact]
    public async Task A_wrong_key_is_told_with_the_code_of_AWS()
    {
        await using var server = await PilotlightServer.StartAsync(_driver);
        using var client = new PlatformClient(
            new Connection(server.Endpoint, "us-east-1", new AwsCredentials("AKIAWRONG", "x", null)), TimeProvider.System);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => new LambdaClient(client).TryGetConfigurationAsync("f", default));

        Assert.Equal("UnrecognizedClientException", refused.Code);
        Assert.Equal("UnrecognizedClientException: The security token included in the request is invalid.", refused.Message);
    }

    async Task<ExitStatus> EchoAsync(FakeProcessContext process)
    {
        _handler = process.Spec.Environment["_HANDLER"];
        while (true)
        {
            using var next = await process.NextAsync();
            var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
            var payload = await next.Content.ReadAsStringAsync(process.Killed);
            process.Write($"got {payload}\n");
            if (payload.Contains("fail"))
                await process.FailAsync(id, """{"errorType":"Sad","errorMessage":"no"}""");
            else
                await process.RespondAsync(id, payload);
        }
    }

    static async Task<(int Code, string Output)> OutputAsync(PilotlightServer server, params string[] args)
    {
        var output = new StringWriter();
        return (await RunAsync(server, output, TextWriter.Null, default, args), output.ToString());
    }

    static Task<int> RunAsync(PilotlightServer server, TextWriter output, TextWriter error, CancellationToken cancellation, params string[] args)
    {
        var host = new CliHost
        {
            Up = (_, _) => throw new InvalidOperationException("not in these tests"),
            StartPrivate = _ => Task.FromResult(new PrivatePlatform(server.Endpoint, () => ValueTask.CompletedTask)),
            Doctor = _ => Task.FromResult<IReadOnlyList<DoctorCheck>>([]),
            Runtimes = _ => Task.FromResult<IReadOnlyList<RuntimeOffer>>([new RuntimeOffer("python3.11", RuntimeMatch.Exact, "3.11.2")]),
        };
        string[] all = args[0] == "run" ? args : [.. args, "--endpoint", server.Endpoint.ToString()];
        return CliRoot.RunAsync(all, host, new Terminal(output, error, TimeProvider.System), cancellation);
    }
}
