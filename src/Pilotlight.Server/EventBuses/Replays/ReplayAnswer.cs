using System.Text.Json;

namespace Pilotlight.EventBuses;

static class ReplayAnswer
{
    public static void Write(Utf8JsonWriter writer, Replay replay)
    {
        writer.WriteString("ReplayName", replay.Name);
        writer.WriteString("EventSourceArn", replay.EventSourceArn);
        writer.WriteString("State", replay.State);
        writer.Time("EventStartTime", replay.From);
        writer.Time("EventEndTime", replay.To);
        writer.Time("EventLastReplayedTime", replay.LastReplayed);
        writer.Time("ReplayStartTime", replay.StartedAt);
        writer.Time("ReplayEndTime", replay.EndedAt);
    }
}
