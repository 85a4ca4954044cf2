using Microsoft.Extensions.Time.Testing;
using Pilotlight.Cli;

namespace Pilotlight.Tests.Cli;

public sealed class CommandLineTests
{
    readonly StringWriter _output = new();
    readonly StringWriter _error = new();
    UpOptions? _up;

    [Fact]
    public async Task Up_hands_its_flags_to_the_host()
    {
        Assert.Equal(7, await RunAsync("up", "--port", "8080", "--host", "0.0.0.0", "--data", "/srv", "--iam", "audit"));

        Assert.Equal(new UpOptions { Port = 8080, Host = "0.0.0.0", DataFolder = "/srv", IamMode = "audit" }, _up);
    }

    [Fact]
    public async Task Up_leaves_to_the_configuration_what_is_not_given()
    {
        await RunAsync("up");

        Assert.Equal(new UpOptions(), _up);
    }

    [Theory]
    [InlineData("up", "--port", "70000")]
    [InlineData("up", "--port", "x")]
    [InlineData("up", "--iam", "off")]
    [InlineData("up", "extra")]
    [InlineData("fly")]
    [InlineData("run")]
    [InlineData("invoke")]
    [InlineData("runtime")]
    [InlineData("ps", "--nonsense")]
    [InlineData("run", "/no/such/folder")]
    [InlineData("run", "/tmp", "{")]
    [InlineData("logs", "f", "--since", "yesterday-ish")]
    [InlineData("ps", "--endpoint", "localhost")]
    [InlineData("test")]
    public async Task Wrong_usage_is_one_line_on_standard_error_and_exit_code_2(params string[] args)
    {
        Assert.Equal(ExitCode.Usage, await RunAsync(args));

        Assert.Empty(_output.ToString());
        Assert.StartsWith("error: ", _error.ToString());
        Assert.InRange(_error.ToString().Split('\n').Length, 2, 3);
        Assert.Null(_up);
    }

    [Fact]
    public async Task A_platform_that_is_not_there_is_exit_code_3_and_a_hint()
    {
        // Port 1 is privileged and unused: nobody listens there.
        Assert.Equal(ExitCode.Unreachable, await RunAsync("ps", "--endpoint", "http://127.0.0.1:1"));

        Assert.Equal(
            "error: no platform answers at http://127.0.0.1:1/\n  start one with: ./pilotlight up   (or name another with --endpoint)\n",
            _error.ToString());
    }

    [Theory]
    [InlineData("up")]
    [InlineData("run")]
    [InlineData("deploy")]
    [InlineData("invoke")]
    [InlineData("logs")]
    [InlineData("ps")]
    [InlineData("reset")]
    [InlineData("doctor")]
    [InlineData("runtime")]
    [InlineData("version")]
    public async Task Every_command_has_help_with_examples(string command)
    {
        Assert.Equal(ExitCode.Success, await RunAsync(command, "--help"));

        Assert.Contains("Examples:", _output.ToString());
        Assert.Contains($"./pilotlight {command}", _output.ToString());
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task No_command_shows_the_help()
    {
        Assert.Equal(ExitCode.Success, await RunAsync());

        Assert.Contains("Exit codes:", _output.ToString());
        Assert.Contains("deploy", _output.ToString());
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public async Task Prints_its_version(string argument)
    {
        Assert.Equal(ExitCode.Success, await RunAsync(argument));

        Assert.Matches(@"^pilotlight \d+\.\d+\.\d+\n$", _output.ToString());
    }

    [Fact]
    public async Task Doctor_ends_with_1_when_something_does_not_hold()
    {
        Assert.Equal(1, await RunAsync("doctor"));

        Assert.Equal("ok    cgroups      v2\nBAD   OCI runtime  none\n                   -> apt-get install crun\n", _output.ToString());
    }

    [Fact]
    public async Task Doctor_speaks_JSON()
    {
        await RunAsync("doctor", "--json");

        Assert.Equal(
            """{"checks":[{"name":"cgroups","outcome":"good","finding":"v2","remedy":null},"""
            + """{"name":"OCI runtime","outcome":"bad","finding":"none","remedy":"apt-get install crun"}]}""" + "\n",
            _output.ToString());
    }

    [Fact]
    public async Task Runtime_list_is_a_plain_table_when_nobody_watches()
    {
        Assert.Equal(ExitCode.Success, await RunAsync("runtime", "list"));

        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).ToList();
        Assert.Equal(3, lines.Count);
        Assert.Matches(@"^RUNTIME +SERVED +BY +FOUND AT$", lines[0]);
        Assert.Matches(@"^python3\.11 +exactly +3\.11\.2 +/usr/bin/python3\.11$", lines[1]);
        Assert.Matches(@"^ruby3\.4 +no +- +-$", lines[2]);
        Assert.DoesNotContain('\e', _output.ToString());
    }

    [Theory]
    [InlineData("10m", "2026-01-31T11:50:00Z")]
    [InlineData("1.5h", "2026-01-31T10:30:00Z")]
    [InlineData("30s", "2026-01-31T11:59:30Z")]
    [InlineData("3d", "2026-01-28T12:00:00Z")]
    [InlineData("2026-01-30T01:02:03Z", "2026-01-30T01:02:03Z")]
    public void Since_is_a_span_or_a_time(string since, string expected) => Assert.Equal(
        DateTimeOffset.Parse(expected, null), LogsCommand.StartOf(since, DateTimeOffset.Parse("2026-01-31T12:00:00Z", null)));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("10")]
    [InlineData("-5m")]
    [InlineData("999999999d")]
    [InlineData("NaNs")]
    public void Since_refuses_what_is_neither(string since) =>
        Assert.Throws<CliException>(() => LogsCommand.StartOf(since, DateTimeOffset.Parse("2026-01-31T12:00:00Z", null)));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("tab\tand \e[31mred\e[0m", "tab\tand \e[31mred\e[0m")]
    [InlineData("\e[2Jgone\e]0;title\a\r\u009b1m", "[2Jgone]0;title1m")]
    public void A_log_line_cannot_move_the_cursor(string line, string shown) => Assert.Equal(shown, Terminal.Printable(line));

    [Fact]
    public void The_connection_comes_from_flags_then_the_variables_of_AWS_then_this_machine()
    {
        Assert.Equal(
            new Connection(new Uri("http://127.0.0.1:4566"), "us-east-1", new AwsCredentials("test", "test", null)),
            Connection.From(null, null, _ => null));
        var variables = new Dictionary<string, string>
        {
            ["AWS_ENDPOINT_URL"] = "http://other:1",
            ["AWS_REGION"] = "eu-west-1",
            ["AWS_DEFAULT_REGION"] = "no",
            ["AWS_ACCESS_KEY_ID"] = "k",
            ["AWS_SECRET_ACCESS_KEY"] = "s",
            ["AWS_SESSION_TOKEN"] = "t",
        };
        Assert.Equal(
            new Connection(new Uri("http://other:1"), "eu-west-1", new AwsCredentials("k", "s", "t")),
            Connection.From(null, null, variables.GetValueOrDefault));
        Assert.Equal("us-west-2", Connection.From(null, "us-west-2", variables.GetValueOrDefault).Region);
    }

    Task<int> RunAsync(params string[] args)
    {
        var host = new CliHost
        {
            Up = (options, _) =>
            {
                _up = options;
                return Task.FromResult(7);
            },
            StartPrivate = _ => throw new InvalidOperationException("not in these tests"),
            Doctor = _ => Task.FromResult<IReadOnlyList<DoctorCheck>>(
            [
                new DoctorCheck("cgroups", DoctorOutcome.Good, "v2"),
                new DoctorCheck("OCI runtime", DoctorOutcome.Bad, "none", "apt-get install crun"),
            ]),
            Runtimes = _ => Task.FromResult<IReadOnlyList<RuntimeOffer>>(
            [
                new RuntimeOffer("python3.11", RuntimeMatch.Exact, "3.11.2", "/usr/bin/python3.11"),
                new RuntimeOffer("ruby3.4", RuntimeMatch.Missing),
            ]),
        };
        return CliRoot.RunAsync(args, host, new Terminal(_output, _error, new FakeTimeProvider()), default);
    }
}
