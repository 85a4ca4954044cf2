using System.CommandLine;
using System.CommandLine.Invocation;

namespace Pilotlight.Cli;

static class VersionCommand
{
    public static Command Create(Terminal terminal) =>
        new ExampleCommand("version", "Print the version.", "./pilotlight version") { Action = new Action(terminal) };

    public sealed class Action(Terminal terminal) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            terminal.Out.WriteLine($"pilotlight {typeof(VersionCommand).Assembly.GetName().Version?.ToString(3)}");
            return ExitCode.Success;
        }
    }
}
