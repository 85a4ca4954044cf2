using System.Text.Json;

namespace Pilotlight.EventBuses;

static class ScheduleGroupAnswer
{
    public static void Write(Utf8JsonWriter writer, ScheduleGroup group)
    {
        writer.WriteString("Arn", group.Arn);
        writer.Time("CreationDate", group.CreatedAt);
        writer.Time("LastModificationDate", group.ModifiedAt);
        writer.WriteString("Name", group.Name);
        writer.WriteString("State", "ACTIVE");
    }
}
