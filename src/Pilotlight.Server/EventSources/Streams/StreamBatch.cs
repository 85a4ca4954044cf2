using System.Globalization;
using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>The tumbling window that a batch belongs to.</summary>
/// <param name="State">What the function answered before in this window, a JSON object.</param>
sealed record BatchWindow(DateTimeOffset Start, DateTimeOffset End, string State, bool IsFinal, bool IsTerminatedEarly);

/// <summary>The event of a batch of records (spec/events.md 1.3).</summary>
static class StreamBatch
{
    /// <summary>Beside the records and the state of a window.</summary>
    public const int Overhead = 4096;

    public static void Write(BatchPayload payload, IReadOnlyList<PendingRecord> records, RecordSurroundings surroundings, BatchWindow? window)
    {
        var json = payload.Json;
        json.WriteStartObject();
        WriteRecords(json, records, surroundings);
        if (window is not null)
        {
            json.WriteStartObject("window"u8);
            json.WriteString("start"u8, Text(window.Start));
            json.WriteString("end"u8, Text(window.End));
            json.WriteEndObject();
            json.WritePropertyName("state"u8);
            json.WriteRawValue(window.State, skipInputValidation: true);
            json.WriteString("shardId"u8, surroundings.ShardId);
            json.WriteString("eventSourceARN"u8, surroundings.StreamArn);
            json.WriteBoolean("isFinalInvokeForWindow"u8, window.IsFinal);
            json.WriteBoolean("isWindowTerminatedEarly"u8, window.IsTerminatedEarly);
        }

        json.WriteEndObject();
    }

    public static void WriteRecords(Utf8JsonWriter json, IReadOnlyList<PendingRecord> records, in RecordSurroundings surroundings)
    {
        json.WriteStartArray("Records"u8);
        foreach (var pending in records)
            pending.Record.Write(json, surroundings);
        json.WriteEndArray();
    }

    static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
