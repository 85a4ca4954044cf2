using System.CommandLine;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

static class DoctorCommand
{
    public static Command Create(CliHost host, Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print the checks as JSON" };
        var command = new ExampleCommand(
            "doctor",
            "Say what this machine can and cannot do, and the command that mends it. Ends with 1 when something does not hold.",
            "./pilotlight doctor",
            "./pilotlight doctor --json | jq '.checks[] | select(.outcome != \"good\")'")
        {
            json,
        };
        command.SetAction(async (result, cancellation) =>
        {
            using var progress = terminal.Progress("looking at this machine");
            var checks = await host.Doctor(cancellation);
            progress.Dispose();
            if (result.GetValue(json))
                terminal.Out.WriteLine(Json(checks).ToJsonString());
            else
                Show(checks, terminal);
            return checks.Any(check => check.Outcome == DoctorOutcome.Bad) ? ExitCode.FunctionError : ExitCode.Success;
        });
        return command;
    }

    static void Show(IReadOnlyList<DoctorCheck> checks, Terminal terminal)
    {
        var width = checks.Max(check => check.Name.Length);
        foreach (var check in checks)
        {
            terminal.Out.WriteLine($"{Mark(check.Outcome, terminal)}  {check.Name.PadRight(width)}  {check.Finding}");
            if (check.Remedy is { } remedy)
                terminal.Out.WriteLine($"      {new string(' ', width)}  -> {remedy}");
        }

        var (limited, bad) = (checks.Count(check => check.Outcome == DoctorOutcome.Limited), checks.Count(check => check.Outcome == DoctorOutcome.Bad));
        terminal.Say((limited, bad) switch
        {
            (0, 0) => "This machine can do everything.",
            (_, 0) => $"Functions run here; {limited} thing(s) are weaker than they could be.",
            _ => $"{bad} thing(s) must be mended before functions run here as they should.",
        });
    }

    static string Mark(DoctorOutcome outcome, Terminal terminal)
    {
        var (word, colour) = outcome switch
        {
            DoctorOutcome.Good => ("ok  ", 32),
            DoctorOutcome.Limited => ("weak", 33),
            _ => ("BAD ", 31),
        };
        return terminal.OutIsTerminal && terminal.AllowsColour ? $"\e[{colour}m{word}\e[0m" : word;
    }

    static JsonObject Json(IReadOnlyList<DoctorCheck> checks) => new()
    {
        ["checks"] = new JsonArray([.. checks.Select(check => (JsonNode)new JsonObject
        {
            ["name"] = check.Name,
            ["outcome"] = check.Outcome.ToString().ToLowerInvariant(),
            ["finding"] = check.Finding,
            ["remedy"] = check.Remedy,
        })]),
    };
}
