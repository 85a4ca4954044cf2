using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace Pilotlight.EventSources;

/// <summary>A record of Kafka as functions get it (spec/events.md 1.4).</summary>
static class KafkaRecord
{
    public static void Write(Utf8JsonWriter json, ConsumeResult<byte[]?, byte[]?> record)
    {
        json.WriteStartObject();
        WritePlace(json, record);
        if (record.Message.Key is { } key)
            json.WriteBase64String("key"u8, key);
        if (record.Message.Value is { } value)
            json.WriteBase64String("value"u8, value);
        WriteHeaders(json, record);
        json.WriteEndObject();
    }

    /// <summary>All but the value, for filters; the key as text.</summary>
    public static void WriteMetadata(Utf8JsonWriter json, ConsumeResult<byte[]?, byte[]?> record)
    {
        WritePlace(json, record);
        if (record.Message.Key is { } key && System.Text.Unicode.Utf8.IsValid(key))
            json.WriteString("key"u8, key);
        WriteHeaders(json, record);
    }

    static void WritePlace(Utf8JsonWriter json, ConsumeResult<byte[]?, byte[]?> record)
    {
        json.WriteString("topic"u8, record.Topic);
        json.WriteNumber("partition"u8, record.Partition.Value);
        json.WriteNumber("offset"u8, record.Offset.Value);
        json.WriteNumber("timestamp"u8, record.Message.Timestamp.UnixTimestampMs);
        json.WriteString("timestampType"u8, record.Message.Timestamp.Type == TimestampType.LogAppendTime ? "LOG_APPEND_TIME"u8 : "CREATE_TIME"u8);
    }

    /// <summary>Each an object of its own, because names may repeat; bytes of Java have a sign.</summary>
    static void WriteHeaders(Utf8JsonWriter json, ConsumeResult<byte[]?, byte[]?> record)
    {
        json.WriteStartArray("headers"u8);
        foreach (var header in record.Message.Headers ?? [])
        {
            json.WriteStartObject();
            json.WriteStartArray(header.Key);
            foreach (var one in header.GetValueBytes() ?? [])
                json.WriteNumberValue((sbyte)one);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>In memory and, about, in an event.</summary>
    public static long SizeOf(ConsumeResult<byte[]?, byte[]?> record)
    {
        var headers = record.Message.Headers?.Sum(static header => 5L * (header.GetValueBytes()?.Length ?? 0) + Encoding.UTF8.GetByteCount(header.Key) + 16) ?? 0;
        return ((record.Message.Key?.Length ?? 0) + (record.Message.Value?.Length ?? 0) + 4) / 3 * 4 + headers + 512;
    }
}
