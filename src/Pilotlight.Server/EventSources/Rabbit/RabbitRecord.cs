using System.Globalization;
using System.Text.Json;
using RabbitMQ.Client;

namespace Pilotlight.EventSources;

/// <summary>A message of RabbitMQ as functions get it (spec/events.md 1.5). What is not set is null there.</summary>
static class RabbitRecord
{
    /// <summary>Tables in tables: what lies deeper is null.</summary>
    const int MaxDepth = 16;

    public static void Write(Utf8JsonWriter json, RabbitMessage message)
    {
        json.WriteStartObject();
        WriteMetadata(json, message);
        json.WriteBase64String("data"u8, message.Body);
        json.WriteEndObject();
    }

    /// <summary>All but the data, for filters.</summary>
    public static void WriteMetadata(Utf8JsonWriter json, RabbitMessage message)
    {
        var properties = message.Properties;
        json.WriteStartObject("basicProperties"u8);
        json.WriteString("contentType"u8, properties.ContentType);
        json.WriteString("contentEncoding"u8, properties.ContentEncoding);
        json.WritePropertyName("headers"u8);
        WriteTable(json, properties.Headers, 0);
        WriteNumber(json, "deliveryMode"u8, properties.IsDeliveryModePresent() ? (int)properties.DeliveryMode : null);
        WriteNumber(json, "priority"u8, properties.IsPriorityPresent() ? properties.Priority : null);
        json.WriteString("correlationId"u8, properties.CorrelationId);
        json.WriteString("replyTo"u8, properties.ReplyTo);
        json.WriteString("expiration"u8, properties.Expiration);
        json.WriteString("messageId"u8, properties.MessageId);
        json.WriteString("timestamp"u8, properties.IsTimestampPresent() ? TextOf(properties.Timestamp) : null);
        json.WriteString("type"u8, properties.Type);
        json.WriteString("userId"u8, properties.UserId);
        json.WriteString("appId"u8, properties.AppId);
        json.WriteString("clusterId"u8, properties.ClusterId);
        json.WriteNumber("bodySize"u8, message.Body.Length);
        json.WriteEndObject();
        json.WriteBoolean("redelivered"u8, message.Redelivered);
    }

    static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>As Java writes it: <c>Jan 1, 1970, 12:33:41 AM</c>.</summary>
    static string? TextOf(AmqpTimestamp timestamp) => timestamp.UnixTime is >= -62_135_596_800 and < 253_402_300_800
        ? DateTimeOffset.FromUnixTimeSeconds(timestamp.UnixTime).ToString("MMM d, yyyy, h:mm:ss tt", CultureInfo.InvariantCulture)
        : null;

    static void WriteTable(Utf8JsonWriter json, IDictionary<string, object?>? table, int depth)
    {
        if (table is null || depth > MaxDepth)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        foreach (var (name, value) in table)
        {
            json.WritePropertyName(name);
            WriteValue(json, value, depth + 1);
        }

        json.WriteEndObject();
    }

    static void WriteValue(Utf8JsonWriter json, object? value, int depth)
    {
        switch (value)
        {
            case byte[] text:
                WriteBytes(json, text);
                break;
            case BinaryTableValue binary:
                WriteBytes(json, binary.Bytes);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case byte or sbyte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case float or double when double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                json.WriteNumberValue(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case AmqpTimestamp timestamp:
                json.WriteStringValue(TextOf(timestamp));
                break;
            case IDictionary<string, object?> table:
                WriteTable(json, table, depth);
                break;
            case IEnumerable<object?> list when depth <= MaxDepth:
                json.WriteStartArray();
                foreach (var item in list)
                    WriteValue(json, item, depth + 1);
                json.WriteEndArray();
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    /// <summary>Texts are bytes there, and bytes of Java have a sign.</summary>
    static void WriteBytes(Utf8JsonWriter json, byte[] bytes)
    {
        json.WriteStartObject();
        json.WriteStartArray("bytes"u8);
        foreach (var one in bytes)
            json.WriteNumberValue((sbyte)one);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>A message that was delivered. Its bytes are its own.</summary>
sealed record RabbitMessage(ulong Tag, bool Redelivered, IReadOnlyBasicProperties Properties, byte[] Body);
