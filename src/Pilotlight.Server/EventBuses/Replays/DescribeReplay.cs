using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeReplay.html</summary>
static class DescribeReplay
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ReplaySupervisor replays)
    {
        var name = request.Required("ReplayName");
        if (replays.Catalog.Find(BusScope.Of(request), name) is not { } replay)
            return AwsResult.Refused(BusErrors.NoReplay(name));
        return BusAnswer.Of(writer =>
        {
            writer.WriteString("ReplayArn", replay.Scope.ReplayArn(name));
            writer.Text("Description", replay.Description);
            ReplayAnswer.Write(writer, replay);
            writer.WriteStartObject("Destination");
            writer.WriteString("Arn", replay.DestinationArn);
            if (replay.FilterArns is { } filters)
            {
                writer.WriteStartArray("FilterArns");
                foreach (var arn in filters)
                    writer.WriteStringValue(arn);
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        });
    }
}
