using System.CommandLine;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

static class RuntimeCommand
{
    static readonly string[] Columns = ["RUNTIME", "SERVED", "BY", "FOUND AT"];

    public static Command Create(CliHost host, Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print the runtimes as JSON" };
        var list = new ExampleCommand(
            "list",
            "List the runtime identifiers, and what serves them on this machine.",
            "./pilotlight runtime list",
            "./pilotlight runtime list --json | jq -r '.runtimes[] | select(.served == \"exact\") | .identifier'")
        {
            json,
        };
        list.SetAction(async (result, cancellation) =>
        {
            var offers = await host.Runtimes(cancellation);
            if (result.GetValue(json))
                terminal.Out.WriteLine(Json(offers).ToJsonString());
            else
                terminal.Table(Columns, offers.Select(Row));
            return ExitCode.Success;
        });
        return new ExampleCommand("runtime", "The language runtimes of this machine.", "./pilotlight runtime list") { list };
    }

    static string[] Row(RuntimeOffer offer) =>
        [offer.Identifier, Served(offer), offer.Version ?? "-", offer.Path ?? "-"];

    static string Served(RuntimeOffer offer) => offer.Match switch
    {
        RuntimeMatch.Exact => "exactly",
        RuntimeMatch.Nearest => "by the nearest",
        _ => "no",
    };

    static JsonObject Json(IReadOnlyList<RuntimeOffer> offers) => new()
    {
        ["runtimes"] = new JsonArray([.. offers.Select(offer => (JsonNode)new JsonObject
        {
            ["identifier"] = offer.Identifier,
            ["served"] = offer.Match.ToString().ToLowerInvariant(),
            ["version"] = offer.Version,
            ["path"] = offer.Path,
        })]),
    };
}
