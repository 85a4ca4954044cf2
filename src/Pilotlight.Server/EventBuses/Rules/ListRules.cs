using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html</summary>
static class ListRules
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        catalogs.Buses.Get(bus);
        return BusAnswer.Page(request.Page(catalogs.Rules.List(bus), rule => rule.Name), "Rules", RuleAnswer.Write);
    }
}
