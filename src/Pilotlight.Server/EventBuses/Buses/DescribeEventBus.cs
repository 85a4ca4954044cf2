using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html</summary>
static class DescribeEventBus
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalog buses)
    {
        var bus = buses.Get(BusName.Of(request, request.Text("Name")));
        return BusAnswer.Of(writer =>
        {
            EventBusAnswer.Write(writer, bus);
            writer.Text("KmsKeyIdentifier", bus.KmsKeyIdentifier);
            writer.Arn("DeadLetterConfig", bus.DeadLetterArn);
            writer.Element("LogConfig", bus.LogConfig);
        });
    }
}
