using System.CommandLine;

namespace Pilotlight.Cli;

/// <summary>The options by which every command that talks to a running platform finds it.</summary>
sealed class ConnectionOptions
{
    readonly Option<string?> _endpoint = new("--endpoint")
    {
        Description = $"The platform's address [default: AWS_ENDPOINT_URL, else {Connection.DefaultEndpoint}]",
        HelpName = "URL",
    };

    readonly Option<string?> _region = new("--region")
    {
        Description = "The region [default: AWS_REGION, else us-east-1]",
        HelpName = "REGION",
    };

    public ConnectionOptions(Command command)
    {
        command.Add(_endpoint);
        command.Add(_region);
    }

    public PlatformClient Connect(ParseResult result, Terminal terminal) => new(
        Connection.From(result.GetValue(_endpoint), result.GetValue(_region), Environment.GetEnvironmentVariable), terminal.Time);
}
