using Pilotlight.Api;

namespace Pilotlight.EventBuses;

static class TargetAnswer
{
    public static AwsResult NoneFailed { get; } = BusAnswer.Of(static writer =>
    {
        writer.WriteNumber("FailedEntryCount", 0);
        writer.WriteStartArray("FailedEntries");
        writer.WriteEndArray();
    });
}
