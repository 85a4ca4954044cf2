using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html</summary>
static class ListTargetsByRule
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs)
    {
        var sorted = catalogs.RuleOf(request, "Rule").Targets.Select((target, at) => KeyValuePair.Create($"{at:d6}", target));
        return BusAnswer.PageOfValues(request.Page(sorted, target => target.Id), "Targets", static (writer, target) =>
            JsonSerializer.Serialize(writer, target, BusesJson.Default.RuleTarget));
    }
}
