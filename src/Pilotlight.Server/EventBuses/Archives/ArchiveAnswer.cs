using Pilotlight.Api;

namespace Pilotlight.EventBuses;

static class ArchiveAnswer
{
    public static AwsResult Changed(Archive archive) => BusAnswer.Of(writer =>
    {
        writer.WriteString("ArchiveArn", archive.Arn);
        writer.WriteString("State", "ENABLED");
        writer.Time("CreationTime", archive.CreatedAt);
    });

    public static void Write(System.Text.Json.Utf8JsonWriter writer, Archive archive, DeliveryStore store)
    {
        var (events, bytes) = store.SizeOf(archive.Arn);
        writer.WriteString("ArchiveName", archive.Name);
        writer.WriteString("EventSourceArn", archive.EventSourceArn);
        writer.WriteString("State", "ENABLED");
        writer.WriteNumber("RetentionDays", archive.RetentionDays);
        writer.WriteNumber("SizeBytes", bytes);
        writer.WriteNumber("EventCount", events);
        writer.Time("CreationTime", archive.CreatedAt);
    }
}
