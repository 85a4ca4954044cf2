using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html</summary>
static class DescribeRule
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        catalogs.Buses.Get(bus);
        var name = request.Required("Name");
        if (catalogs.Rules.Find(bus, name) is not { } rule)
            return AwsResult.Refused(BusErrors.NoRule(name, bus.Name));
        return BusAnswer.Of(writer =>
        {
            RuleAnswer.Write(writer, rule);
            writer.Text("CreatedBy", rule.CreatedBy);
        });
    }
}
