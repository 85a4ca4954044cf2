using System.Text.Json;

namespace Pilotlight.EventBuses;

static class RuleAnswer
{
    public static void Write(Utf8JsonWriter writer, Rule rule)
    {
        writer.WriteString("Name", rule.Name);
        writer.WriteString("Arn", rule.Arn);
        writer.Text("EventPattern", rule.EventPattern);
        writer.Text("ScheduleExpression", rule.ScheduleExpression);
        writer.WriteString("State", rule.State);
        writer.Text("Description", rule.Description);
        writer.Text("RoleArn", rule.RoleArn);
        writer.WriteString("EventBusName", rule.BusName);
    }
}
