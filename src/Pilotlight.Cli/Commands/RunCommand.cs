using System.CommandLine;

namespace Pilotlight.Cli;

/// <summary>One function, one event, on a platform that lives only as long as this command.</summary>
static class RunCommand
{
    static readonly TimeSpan ReportPatience = TimeSpan.FromSeconds(2);

    public static Command Create(CliHost host, Terminal terminal)
    {
        var folder = new Argument<string>("FOLDER") { Description = "The function's folder" };
        var payload = new Argument<string?>("EVENT")
        {
            Description = "JSON, @FILE, or - for standard input [default: {}]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object: answer, error, request id, log" };
        var command = new ExampleCommand(
            "run",
            "Run a function once, with no server: its log goes to standard error, its answer to standard output.",
            """./pilotlight run samples/hello-python '{"name":"Ada"}'""",
            "./pilotlight run my-function @event.json --memory 512 --timeout 30 --env STAGE=test",
            "echo '[1,2]' | ./pilotlight run my-function - | jq .",
            "",
            "Runtime and handler are told from the code (lambda_function.py, index.mjs, lambda_function.rb, bootstrap, ...);",
            "a pilotlight.json with members of CreateFunction, then the flags, win over that. An executable script named",
            "'build' is run as './build OUTDIR', and what it leaves in OUTDIR is the function.")
        {
            folder, payload,
        };
        var settings = new SettingOptions(command);
        command.Add(json);
        command.SetAction(async (result, cancellation) =>
        {
            var body = await EventArgument.ReadAsync(result.GetValue(payload), terminal.Input, cancellation);
            var offers = await host.Runtimes(cancellation);
            var package = await FunctionFolder.OpenAsync(
                result.GetRequiredValue(folder), settings.Read(result), null, offers, terminal, cancellation);
            return await RunAsync(host, terminal, package, body, result.GetValue(json), cancellation);
        });
        return command;
    }

    static async Task<int> RunAsync(
        CliHost host, Terminal terminal, FunctionPackage package, byte[] body, bool asJson, CancellationToken cancellation)
    {
        var progress = terminal.Progress($"running {package.Name}");
        try
        {
            await using var platform = await host.StartPrivate(cancellation);
            using var client = new PlatformClient(
                new Connection(platform.Endpoint, "us-east-1", new AwsCredentials("test", "test", null)), terminal.Time);
            var lambda = new LambdaClient(client);
            // This platform has no other role, and whatever the function calls is not here.
            package.Settings["Role"] = await new IamClient(client).DefaultRoleAsync(cancellation);
            await lambda.CreateAsync(package.Settings, package.Zip, cancellation);
            await lambda.WaitUntilReadyAsync(package.Name, TimeSpan.FromMinutes(1), cancellation);

            var log = new RunLog(new LogsClient(client), package, terminal, silent: asJson, progress);
            var answer = await log.FollowAsync(
                lambda.InvokeAsync(package.Name, null, body, InvocationKind.Synchronous, cancellation), ReportPatience, cancellation);
            progress.Dispose();
            return asJson ? Answer.ShowJson(answer, log.Lines, terminal) : Answer.Show(answer, terminal);
        }
        finally
        {
            progress.Dispose();
        }
    }
}
