using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pilotlight.Logs;

/// <summary>What a subscriber gets (spec/events.md 2.8): JSON, compressed; to a function in base64 in an event, to a stream as it is.</summary>
static class SubscriptionEvent
{
    static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(LogSubscription subscription, string stream, IReadOnlyList<LogEvent> events) =>
        Packed(subscription, json =>
        {
            json.WriteString("messageType", "DATA_MESSAGE");
            json.WriteString("owner", subscription.Group.Scope.AccountId);
            json.WriteString("logGroup", subscription.Group.Group);
            json.WriteString("logStream", stream);
            json.WriteStartArray("subscriptionFilters");
            json.WriteStringValue(subscription.FilterName);
            json.WriteEndArray();
            json.WriteStartArray("logEvents");
            foreach (var each in events)
            {
                json.WriteStartObject();
                json.WriteString("id", each.Position.ToString());
                json.WriteNumber("timestamp", each.Timestamp);
                LogsJson.WriteMessage(json, each.Message.Span);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    /// <summary>The message that says nothing but that somebody is there.</summary>
    public static ReadOnlyMemory<byte> WriteControl(LogSubscription subscription, long now) => Packed(subscription, json =>
    {
        json.WriteString("messageType", "CONTROL_MESSAGE");
        json.WriteString("owner", "CloudwatchLogs");
        json.WriteString("logGroup", "");
        json.WriteString("logStream", "");
        json.WriteStartArray("subscriptionFilters");
        json.WriteEndArray();
        json.WriteStartArray("logEvents");
        json.WriteStartObject();
        json.WriteString("id", "");
        json.WriteNumber("timestamp", now);
        json.WriteString("message", $"CWL CONTROL MESSAGE: Checking health of destination {(subscription.IsToFunction ? "Lambda function" : "Kinesis stream")}.");
        json.WriteEndObject();
        json.WriteEndArray();
    });

    static ReadOnlyMemory<byte> Packed(LogSubscription subscription, Action<Utf8JsonWriter> members)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var json = new Utf8JsonWriter(gzip, s_plain))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        var bytes = packed.GetBuffer().AsMemory(0, (int)packed.Length);
        if (!subscription.IsToFunction)
            return bytes.ToArray();
        var wrapped = new ArrayBufferWriter<byte>(bytes.Length * 4 / 3 + 64);
        using (var json = new Utf8JsonWriter(wrapped, s_plain))
        {
            json.WriteStartObject();
            json.WriteStartObject("awslogs");
            json.WriteBase64String("data", bytes.Span);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return wrapped.WrittenMemory;
    }
}
