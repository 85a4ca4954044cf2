using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Pilotlight.Cli;

static class UsageCommand
{
    static readonly string[] Columns = ["FUNCTION", "VERSION", "REQUESTS", "ERRORS", "BILLED", "INIT", "GB-S", "PROVISIONED GB-S", "ON AWS"];

    public static Command Create(Terminal terminal)
    {
        var since = new Option<string>("--since") { Description = "First day, such as 2026-11-01; the first of this month when left out", HelpName = "DAY" };
        var until = new Option<string>("--until") { Description = "Last day; today when left out", HelpName = "DAY" };
        var json = new Option<bool>("--json") { Description = "Print the account as JSON" };
        var command = new ExampleCommand(
            "usage",
            "Show what functions used, and what AWS would have asked for it.",
            "./pilotlight usage",
            "./pilotlight usage --since 2026-11-01 --until 2026-11-30",
            "./pilotlight usage --json | jq '.cost'")
        {
            since, until, json,
        };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            using var client = connection.Connect(result, terminal);
            var query = string.Join('&', new[] { ("since", result.GetValue(since)), ("until", result.GetValue(until)) }
                .Where(pair => pair.Item2 is not null).Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2!)}"));
            var path = "/_pilotlight/usage" + (query.Length == 0 ? "" : "?" + query);
            var answer = (await client.SendAsync("pilotlight", HttpMethod.Get, path, null, cancellation)).Json();
            if (result.GetValue(json))
            {
                terminal.Out.WriteLine(answer.GetRawText());
                return ExitCode.Success;
            }

            var functions = answer.GetProperty("functions").EnumerateArray().ToList();
            if (functions.Count == 0)
            {
                terminal.Say("nothing was used in that time");
                return ExitCode.Success;
            }

            terminal.Table(Columns, functions.Select(Row));
            terminal.Say($"{Number(answer, "cost").ToString("0.000000", CultureInfo.InvariantCulture)} {LambdaClient.Text(answer, "currency")} by {LambdaClient.Text(answer, "prices")}");
            return ExitCode.Success;
        });
        return command;
    }

    static string[] Row(JsonElement line) =>
    [
        LambdaClient.Text(line, "function") ?? "", LambdaClient.Text(line, "version") ?? "", Text(line, "requests", "0"), Text(line, "errors", "0"),
        Text(line, "billedSeconds", "0.000") + "s", Text(line, "initSeconds", "0.000") + "s", Text(line, "onDemandGigabyteSeconds", "0.000"),
        (Number(line, "provisionedGigabyteSeconds") + Number(line, "allocatedGigabyteSeconds")).ToString("0.000", CultureInfo.InvariantCulture),
        Text(line, "cost", "0.000000"),
    ];

    static string Text(JsonElement line, string name, string format) => Number(line, name).ToString(format, CultureInfo.InvariantCulture);

    static double Number(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
}
