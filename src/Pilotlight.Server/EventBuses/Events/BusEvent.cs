using System.Globalization;
using System.Text.Json;
using Pilotlight.Patterns;

namespace Pilotlight.EventBuses;

/// <summary>An event as a bus carries it: a JSON object with AWS's members in AWS's order. Nothing in it changes.</summary>
sealed class BusEvent
{
    EventValue? _value;

    BusEvent(ReadOnlyMemory<byte> json, JsonElement root, DateTimeOffset time)
    {
        Json = json;
        Root = root;
        Time = time;
    }

    public ReadOnlyMemory<byte> Json { get; }

    public JsonElement Root { get; }

    /// <summary>Its member <c>time</c>.</summary>
    public DateTimeOffset Time { get; }

    public string? TraceHeader { get; init; }

    public bool IsReplayed => Root.TryGetProperty("replay-name", out _);

    public string Id => BusRequest.Member(Root, "id") ?? "";

    public string Source => BusRequest.Member(Root, "source") ?? "";

    /// <summary>As patterns look at it; made when it is first looked at.</summary>
    public EventValue Value => _value ??= EventValue.Of(Root);

    /// <param name="detail">A JSON object.</param>
    public static BusEvent Make(BusScope scope, EventEntry entry, JsonElement detail)
    {
        var json = BusAnswer.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("version", "0");
            writer.WriteString("id", entry.Id);
            writer.WriteString("detail-type", entry.DetailType);
            writer.WriteString("source", entry.Source);
            writer.WriteString("account", scope.AccountId);
            writer.WriteString("time", TimeText(entry.Time));
            writer.WriteString("region", scope.Region);
            writer.WriteStartArray("resources");
            foreach (var resource in entry.Resources)
                writer.WriteStringValue(resource);
            writer.WriteEndArray();
            writer.WritePropertyName("detail");
            detail.WriteTo(writer);
            writer.WriteEndObject();
        });
        return new BusEvent(json, Parse(json)!.Value, entry.Time) { TraceHeader = entry.TraceHeader };
    }

    /// <summary>A whole event; null for what is none.</summary>
    public static BusEvent? TryRead(ReadOnlyMemory<byte> json, string? traceHeader)
    {
        if (Parse(json) is not { ValueKind: JsonValueKind.Object } root
            || BusRequest.Member(root, "source") is null || BusRequest.Member(root, "detail-type") is null || BusRequest.Member(root, "id") is null)
            return null;
        var time = DateTimeOffset.TryParse(BusRequest.Member(root, "time"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read)
            ? read
            : DateTimeOffset.UnixEpoch;
        return new BusEvent(json, root, time) { TraceHeader = traceHeader };
    }

    /// <summary>The event as a replay brings it: with the replay's name before its resources.</summary>
    public BusEvent Replayed(string replay)
    {
        var json = BusAnswer.Write(writer =>
        {
            writer.WriteStartObject();
            foreach (var member in Root.EnumerateObject())
            {
                if (member.NameEquals("replay-name"))
                    continue;
                if (member.NameEquals("resources"))
                    writer.WriteString("replay-name", replay);
                member.WriteTo(writer);
            }

            writer.WriteEndObject();
        });
        return new BusEvent(json, Parse(json)!.Value, Time) { TraceHeader = TraceHeader };
    }

    public static string TimeText(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Null for what is no JSON, or holds text that is no Unicode.</summary>
    public static JsonElement? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            var root = document.RootElement.Clone();
            _ = EventValue.Of(root);
            return root;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>What makes an event, beside its detail.</summary>
sealed record EventEntry(string Id, string Source, string DetailType, DateTimeOffset Time)
{
    public IReadOnlyList<string> Resources { get; init; } = [];

    public string? TraceHeader { get; init; }
}
