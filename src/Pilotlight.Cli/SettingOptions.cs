using System.CommandLine;

namespace Pilotlight.Cli;

/// <summary>The options by which <c>run</c> and <c>deploy</c> override what the folder says of its function.</summary>
sealed class SettingOptions
{
    readonly Option<string?> _runtime = new("--runtime") { Description = "Such as python3.11 [default: told from the code]", HelpName = "R" };
    readonly Option<string?> _handler = new("--handler") { Description = "Such as lambda_function.lambda_handler [default: told from the code]", HelpName = "H" };
    readonly Option<int?> _memory = new("--memory") { Description = "Megabytes [default: 128]", HelpName = "MB" };
    readonly Option<int?> _timeout = new("--timeout") { Description = "Seconds [default: 3]", HelpName = "S" };
    readonly Option<string[]> _environment = new("--env") { Description = "An environment variable; may be given again", HelpName = "K=V" };

    public SettingOptions(Command command)
    {
        command.Add(_runtime);
        command.Add(_handler);
        command.Add(_memory);
        command.Add(_timeout);
        command.Add(_environment);
    }

    public SettingFlags Read(ParseResult result) => new()
    {
        Runtime = result.GetValue(_runtime),
        Handler = result.GetValue(_handler),
        MemoryMegabytes = result.GetValue(_memory),
        TimeoutSeconds = result.GetValue(_timeout),
        Environment = result.GetValue(_environment) ?? [],
    };
}
