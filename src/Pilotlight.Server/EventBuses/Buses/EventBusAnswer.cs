using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

static class EventBusAnswer
{
    public static string? DeadLetter(AwsRequest request) => request.Structure("DeadLetterConfig") is { } config ? BusRequest.Member(config, "Arn") : null;

    public static void Write(Utf8JsonWriter writer, EventBus bus)
    {
        writer.WriteString("Name", bus.Name);
        writer.WriteString("Arn", bus.Arn);
        writer.Text("Description", bus.Description);
        writer.Text("Policy", bus.Policy?.Document);
        writer.Time("CreationTime", bus.CreatedAt);
        writer.Time("LastModifiedTime", bus.ModifiedAt);
    }

    public static void WriteSettings(Utf8JsonWriter writer, EventBus bus)
    {
        writer.Text("Description", bus.Description);
        writer.Text("KmsKeyIdentifier", bus.KmsKeyIdentifier);
        writer.Arn("DeadLetterConfig", bus.DeadLetterArn);
        writer.Element("LogConfig", bus.LogConfig);
    }
}
