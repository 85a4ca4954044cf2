using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html</summary>
static class DescribeRule
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs)
    {
        var rule = catalogs.RuleOf(request, "Name");
        return BusAnswer.Of(writer =>
        {
            RuleAnswer.Write(writer, rule);
            writer.Text("CreatedBy", rule.CreatedBy);
        });
    }
}
