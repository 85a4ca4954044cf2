using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>A change in a table (spec/events.md 1.3): attribute values stay as DynamoDB writes them.</summary>
sealed record DynamoDbRecord(string SequenceNumber, string OrderKey, DateTimeOffset Arrived, JsonElement Json) : SourceRecord(SequenceNumber, OrderKey, Arrived)
{
    readonly int _bytes = Json.GetRawText().Length;

    /// <summary>Null for what is no record.</summary>
    public static DynamoDbRecord? TryRead(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("dynamodb", out var change) || change.ValueKind != JsonValueKind.Object
            || !change.TryGetProperty("SequenceNumber", out var number) || number.ValueKind != JsonValueKind.String)
            return null;
        var seconds = change.TryGetProperty("ApproximateCreationDateTime", out var time) && time.ValueKind == JsonValueKind.Number
            && time.TryGetDouble(out var given) && given is >= 0 and < 253_402_300_800 ? given : 0;
        return new DynamoDbRecord(
            number.GetString()!, change.TryGetProperty("Keys", out var keys) ? keys.GetRawText() : "",
            DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Floor(seconds * 1000)), json);
    }

    // Characters outside of ASCII may take three bytes.
    public override int EventBytes => (3 * _bytes) + 1024;

    public override void Write(Utf8JsonWriter json, in RecordSurroundings surroundings)
    {
        json.WriteStartObject();
        WriteMembers(json, this);
        json.WriteString("eventSourceARN"u8, surroundings.StreamArn);
        json.WriteEndObject();
    }

    public override bool Passes(RecordFilter filter) => filter.Matches(this, WriteMembers, []);

    static void WriteMembers(Utf8JsonWriter json, DynamoDbRecord record)
    {
        foreach (var member in record.Json.EnumerateObject())
        {
            switch (member.Name)
            {
                case "dynamodb":
                    json.WriteStartObject("dynamodb"u8);
                    foreach (var part in member.Value.EnumerateObject())
                    {
                        // The API writes seconds with a fraction that is always 0.
                        if (part.NameEquals("ApproximateCreationDateTime"u8) && part.Value.ValueKind == JsonValueKind.Number
                            && part.Value.TryGetDouble(out var seconds) && seconds % 1 == 0 && Math.Abs(seconds) < 1e15)
                            json.WriteNumber(part.Name, (long)seconds);
                        else
                            part.WriteTo(json);
                    }

                    json.WriteEndObject();
                    break;
                case "userIdentity" when member.Value.ValueKind == JsonValueKind.Object:
                    json.WriteStartObject("userIdentity"u8);
                    foreach (var part in member.Value.EnumerateObject().Where(static part => part.Name.Length > 0))
                    {
                        json.WritePropertyName(char.ToLowerInvariant(part.Name[0]) + part.Name[1..]);
                        part.Value.WriteTo(json);
                    }

                    json.WriteEndObject();
                    break;
                default:
                    member.WriteTo(json);
                    break;
            }
        }
    }
}
