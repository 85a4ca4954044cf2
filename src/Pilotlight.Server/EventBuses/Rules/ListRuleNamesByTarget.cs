using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html</summary>
static class ListRuleNamesByTarget
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        catalogs.Buses.Get(bus);
        var target = request.Required("TargetArn");
        var found = catalogs.Rules.List(bus).Where(entry => entry.Value.Targets.Any(one => one.Arn == target));
        return BusAnswer.PageOfValues(request.Page(found, rule => rule.Name), "RuleNames", static (writer, rule) => writer.WriteStringValue(rule.Name));
    }
}
