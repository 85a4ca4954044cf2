using System.CommandLine;
using System.Globalization;

namespace Pilotlight.Cli;

static class UpCommand
{
    public static Command Create(CliHost host)
    {
        var port = new Option<int?>("--port") { Description = "Port to listen on; 0 takes a free one [default: 4566]", HelpName = "N" };
        var address = new Option<string?>("--host") { Description = "Address to listen on [default: 127.0.0.1]", HelpName = "IP" };
        var data = new Option<string?>("--data") { Description = "Folder for everything that is kept", HelpName = "DIR" };
        var iam = new Option<string?>("--iam") { Description = "enforce: refuse what no policy allows; audit: only log it", HelpName = "MODE" };
        port.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !ushort.TryParse(token.Value, CultureInfo.InvariantCulture, out _))
                result.AddError("--port takes a number from 0 to 65535");
        });
        iam.AcceptOnlyFromAmong("enforce", "audit");

        var command = new ExampleCommand(
            "up",
            "Run the platform in the foreground. Prints a line starting 'ready' when it serves; ends on SIGTERM or Ctrl-C.",
            "./pilotlight up",
            "./pilotlight up --port 8080 --data /var/lib/pilotlight",
            "aws --endpoint-url http://127.0.0.1:4566 lambda list-functions    (in another shell)")
        {
            port, address, data, iam,
        };
        command.SetAction((result, cancellation) => host.Up(
            new UpOptions
            {
                Port = result.GetValue(port),
                Host = result.GetValue(address),
                DataFolder = result.GetValue(data),
                IamMode = result.GetValue(iam),
            },
            cancellation));
        return command;
    }
}
