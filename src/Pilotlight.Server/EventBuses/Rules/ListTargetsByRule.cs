using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html</summary>
static class ListTargetsByRule
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        catalogs.Buses.Get(bus);
        var name = request.Required("Rule");
        if (catalogs.Rules.Find(bus, name) is not { } rule)
            return AwsResult.Refused(BusErrors.NoRule(name, bus.Name));
        var sorted = rule.Targets.Select((target, at) => KeyValuePair.Create($"{at:d6}", target));
        return BusAnswer.Page(request.Page(sorted, target => target.Id), "Targets", static (writer, target) =>
            JsonSerializer.Serialize(writer, target, BusesJson.Default.RuleTarget));
    }
}
