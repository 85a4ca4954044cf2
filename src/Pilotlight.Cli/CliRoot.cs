using System.CommandLine;

namespace Pilotlight.Cli;

/// <summary>The command line: from the arguments to an exit code.</summary>
public static class CliRoot
{
    public static async Task<int> RunAsync(string[] args, CliHost host)
    {
        var root = new RootCommand("Runs AWS Lambda functions on this machine.");
        var up = new Command("up", "Run the platform in the foreground.");
        var port = new Option<int?>("--port");
        var address = new Option<string?>("--host");
        var data = new Option<string?>("--data");
        var iam = new Option<string?>("--iam");
        up.Add(port);
        up.Add(address);
        up.Add(data);
        up.Add(iam);
        up.SetAction((result, cancellationToken) => host.Up(
            new UpOptions
            {
                Port = result.GetValue(port),
                Host = result.GetValue(address),
                DataFolder = result.GetValue(data),
                IamMode = result.GetValue(iam),
            },
            cancellationToken));
        root.Add(up);
        return await root.Parse(args).InvokeAsync();
    }
}
