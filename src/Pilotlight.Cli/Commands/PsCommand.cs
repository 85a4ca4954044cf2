using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Pilotlight.Cli;

static class PsCommand
{
    static readonly string[] Columns = ["ID", "FUNCTION", "VERSION", "RUNTIME", "STATE", "AGE", "MEMORY", "INVOCATIONS"];

    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print the environments as JSON" };
        var command = new ExampleCommand(
            "ps",
            "List the execution environments of a running platform.",
            "./pilotlight ps",
            "./pilotlight ps --json | jq '.environments[].state'")
        {
            json,
        };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            using var client = connection.Connect(result, terminal);
            var answer = (await client.SendAsync("pilotlight", HttpMethod.Get, "/_pilotlight/environments", null, cancellation)).Json();
            if (result.GetValue(json))
            {
                terminal.Out.WriteLine(answer.GetRawText());
                return ExitCode.Success;
            }

            var environments = answer.TryGetProperty("environments", out var list) ? list.EnumerateArray().ToList() : [];
            if (environments.Count == 0)
                terminal.Say("no execution environments: nothing was invoked lately");
            else
                terminal.Table(Columns, environments.Select(Row));
            if (answer.TryGetProperty("stems", out var stems) && stems.GetArrayLength() > 0)
                terminal.Say($"stems ready: {string.Join(", ", stems.EnumerateArray().Select(Stem))}");
            return ExitCode.Success;
        });
        return command;
    }

    static string Stem(JsonElement level) =>
        $"{LambdaClient.Text(level, "shape")} {level.GetProperty("ready").GetInt32()} of {level.GetProperty("target").GetInt32()}";

    static string[] Row(JsonElement environment)
    {
        return
        [
            Text("id"), Text("function"), Text("version"), Text("runtime"), Text("state"), Age(Number("ageSeconds")),
            $"{Number("memoryMegabytes"):0}/{Number("memoryLimitMegabytes"):0} MB",
            Number("invocations").ToString("0", CultureInfo.InvariantCulture),
        ];

        string Text(string name) => LambdaClient.Text(environment, name) ?? "";

        double Number(string name) =>
            environment.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
    }

    static string Age(double seconds) => seconds switch
    {
        < 60 => $"{seconds:0}s",
        < 3600 => $"{Math.Floor(seconds / 60):0}m{seconds % 60:00}s",
        < 86400 => $"{Math.Floor(seconds / 3600):0}h{Math.Floor(seconds % 3600 / 60):00}m",
        _ => $"{Math.Floor(seconds / 86400):0}d{Math.Floor(seconds % 86400 / 3600):00}h",
    };
}
