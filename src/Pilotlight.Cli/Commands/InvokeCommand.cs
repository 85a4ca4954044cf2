using System.CommandLine;

namespace Pilotlight.Cli;

static class InvokeCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "Name or ARN of the function" };
        var payload = new Argument<string?>("EVENT")
        {
            Description = "JSON, @FILE, or - for standard input [default: {}]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var isAsync = new Option<bool>("--async") { Description = "Hand the event over and do not wait; prints the request id" };
        var log = new Option<bool>("--log") { Description = "Show the end of the log (4 KB) on standard error" };
        var qualifier = new Option<string?>("--qualifier") { Description = "Version or alias", HelpName = "Q" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object: answer, error, request id, log" };
        var command = new ExampleCommand(
            "invoke",
            "Invoke a function on a running platform and print its answer.",
            """./pilotlight invoke hello-python '{"name":"Ada"}'""",
            "./pilotlight invoke hello-python @event.json --log",
            "./pilotlight invoke hello-python --async")
        {
            name, payload, isAsync, log, qualifier, json,
        };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            var body = await EventArgument.ReadAsync(result.GetValue(payload), terminal.Input, cancellation);
            using var client = connection.Connect(result, terminal);
            var kind = result.GetValue(isAsync) ? InvocationKind.Event : InvocationKind.Synchronous;
            var progress = terminal.Progress($"invoking {result.GetRequiredValue(name)}");
            InvokeAnswer answer;
            try
            {
                answer = await new LambdaClient(client).InvokeAsync(
                    result.GetRequiredValue(name), result.GetValue(qualifier), body, kind, cancellation);
            }
            finally
            {
                progress.Dispose();
            }

            if (kind == InvocationKind.Event)
            {
                terminal.Out.WriteLine(answer.RequestId);
                return ExitCode.Success;
            }

            var lines = (answer.LogTail ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (result.GetValue(json))
                return Answer.ShowJson(answer, lines, terminal);
            if (result.GetValue(log))
            {
                foreach (var line in lines)
                    terminal.Log(line);
            }

            return Answer.Show(answer, terminal);
        });
        return command;
    }
}
