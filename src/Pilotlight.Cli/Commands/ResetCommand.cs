using System.CommandLine;

namespace Pilotlight.Cli;

static class ResetCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new ExampleCommand(
            "reset",
            "Empty a running platform of everything: functions, logs, queued events. Only a platform bound to loopback allows it.",
            "./pilotlight reset");
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            using var client = connection.Connect(result, terminal);
            using var progress = terminal.Progress("emptying the platform");
            await client.SendAsync("pilotlight", HttpMethod.Post, "/_pilotlight/reset", null, cancellation);
            progress.Dispose();
            terminal.Say($"{client.Connection.Endpoint} is empty");
            return ExitCode.Success;
        });
        return command;
    }
}
