using System.CommandLine;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

/// <summary>Creates the function of a folder, or brings it up to date, and waits until it serves.</summary>
static class DeployCommand
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Members that CreateFunction takes and UpdateFunctionConfiguration does not.</summary>
    static readonly string[] OnlyAtCreation = ["FunctionName", "Tags", "Publish", "PackageType", "Architectures", "CodeSigningConfigArn"];

    public static Command Create(CliHost host, Terminal terminal)
    {
        var folder = new Argument<string>("FOLDER") { Description = "The function's folder" };
        var name = new Option<string?>("--name") { Description = "The function's name [default: the folder's]", HelpName = "N" };
        var role = new Option<string?>("--role") { Description = "ARN of the role that it runs with", HelpName = "ARN" };
        var json = new Option<bool>("--json") { Description = "Print the function's configuration as JSON" };
        var command = new ExampleCommand(
            "deploy",
            "Create the function of a folder on a running platform, or update it, and wait until it serves. Prints its ARN.",
            "./pilotlight deploy samples/hello-python",
            "./pilotlight deploy my-function --name orders --memory 512 --env STAGE=test",
            "./pilotlight deploy my-function --endpoint http://10.0.0.5:4566")
        {
            folder, name, role,
        };
        var settings = new SettingOptions(command);
        command.Add(json);
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            using var client = connection.Connect(result, terminal);
            var package = await FunctionFolder.OpenAsync(
                result.GetRequiredValue(folder), settings.Read(result), result.GetValue(name), await host.Runtimes(cancellation), terminal,
                cancellation);
            if (result.GetValue(role) is { } arn)
                package.Settings["Role"] = arn;

            using var progress = terminal.Progress($"deploying {package.Name}");
            var lambda = new LambdaClient(client);
            var isNew = await lambda.TryGetConfigurationAsync(package.Name, cancellation) is null;
            if (isNew && !package.Settings.ContainsKey("Role"))
                package.Settings["Role"] = await new IamClient(client).DefaultRoleAsync(cancellation);
            if (isNew)
                await lambda.CreateAsync(package.Settings, package.Zip, cancellation);
            else
                await UpdateAsync(lambda, package, cancellation);
            var deployed = await lambda.WaitUntilReadyAsync(package.Name, Patience, cancellation);
            progress.Dispose();

            terminal.Say($"{(isNew ? "created" : "updated")} {package.Name} ({package.Settings["Runtime"]}, {package.Zip.Length:N0} bytes)");
            terminal.Out.WriteLine(result.GetValue(json) ? deployed.GetRawText() : LambdaClient.Text(deployed, "FunctionArn"));
            return ExitCode.Success;
        });
        return command;
    }

    static async Task UpdateAsync(LambdaClient lambda, FunctionPackage package, CancellationToken cancellation)
    {
        await lambda.WaitUntilReadyAsync(package.Name, Patience, cancellation);
        await lambda.UpdateCodeAsync(package.Name, package.Zip, cancellation);
        await lambda.WaitUntilReadyAsync(package.Name, Patience, cancellation);
        var changes = (JsonObject)package.Settings.DeepClone();
        foreach (var member in OnlyAtCreation)
            changes.Remove(member);
        await lambda.UpdateConfigurationAsync(package.Name, changes, cancellation);
    }
}
