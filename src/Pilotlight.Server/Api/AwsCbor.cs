using System.Buffers;
using System.Formats.Cbor;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pilotlight.Api;

/// <summary>Members that CBOR has and JSON has not: bytes (base64 in JSON) and times (seconds in JSON, milliseconds under tag 1 in CBOR).</summary>
public sealed record CborMembers(IReadOnlySet<string> Bytes, IReadOnlySet<string> Times);

/// <summary>
/// The binary form of the json protocols that AWS's clients for Java speak to Kinesis: the same members, as CBOR (RFC 8949). Unlike the RFC,
/// tag 1 holds whole milliseconds.
/// </summary>
public static class AwsCbor
{
    public const string ContentType = "application/x-amz-cbor-1.1";

    const int MaxDepth = 64;

    static readonly JsonWriterOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A request's members as JSON.</summary>
    /// <exception cref="AwsException">SerializationException: it is no CBOR, or holds what JSON cannot.</exception>
    public static ReadOnlyMemory<byte> ToJson(ReadOnlyMemory<byte> cbor)
    {
        var json = new ArrayBufferWriter<byte>(Math.Max(256, cbor.Length + (cbor.Length / 2)));
        try
        {
            using var writer = new Utf8JsonWriter(json, s_relaxed);
            var reader = new CborReader(cbor, CborConformanceMode.Strict);
            WriteValue(reader, writer, 0);
            if (reader.BytesRemaining > 0)
                throw Malformed();
        }
        catch (Exception malformed) when (malformed is CborContentException or OverflowException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw Malformed();
        }

        return json.WrittenMemory;
    }

    /// <summary>An answer, from its JSON.</summary>
    public static byte[] FromJson(ReadOnlyMemory<byte> json, CborMembers members)
    {
        using var document = JsonDocument.Parse(json);
        var writer = new CborWriter(CborConformanceMode.Lax, initialCapacity: json.Length);
        WriteValue(document.RootElement, writer, members);
        return writer.Encode();
    }

    static AwsException Malformed() => AwsError.Serialization("Could not parse request body into cbor").AsException();

    static void WriteValue(CborReader reader, Utf8JsonWriter writer, int depth)
    {
        if (depth > MaxDepth)
            throw Malformed();
        switch (reader.PeekState())
        {
            case CborReaderState.StartMap:
                WriteMap(reader, writer, depth);
                break;
            case CborReaderState.StartArray:
                reader.ReadStartArray();
                writer.WriteStartArray();
                while (reader.PeekState() != CborReaderState.EndArray)
                    WriteValue(reader, writer, depth + 1);
                reader.ReadEndArray();
                writer.WriteEndArray();
                break;
            case CborReaderState.Tag:
                WriteTagged(reader, writer, depth);
                break;
            case CborReaderState.UnsignedInteger:
                writer.WriteNumberValue(reader.ReadUInt64());
                break;
            case CborReaderState.NegativeInteger:
                writer.WriteNumberValue(reader.ReadInt64());
                break;
            case CborReaderState.TextString or CborReaderState.StartIndefiniteLengthTextString:
                writer.WriteStringValue(reader.ReadTextString());
                break;
            case CborReaderState.ByteString or CborReaderState.StartIndefiniteLengthByteString:
                writer.WriteBase64StringValue(reader.ReadByteString());
                break;
            case CborReaderState.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat:
                writer.WriteNumberValue(reader.ReadDouble());
                break;
            case CborReaderState.Null:
                reader.ReadNull();
                writer.WriteNullValue();
                break;
            default:
                throw Malformed();
        }
    }

    static void WriteMap(CborReader reader, Utf8JsonWriter writer, int depth)
    {
        reader.ReadStartMap();
        writer.WriteStartObject();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            writer.WritePropertyName(reader.ReadTextString());
            WriteValue(reader, writer, depth + 1);
        }

        reader.ReadEndMap();
        writer.WriteEndObject();
    }

    static void WriteTagged(CborReader reader, Utf8JsonWriter writer, int depth)
    {
        var isTime = reader.ReadTag() == CborTag.UnixTimeSeconds;
        if (isTime && reader.PeekState() is CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger)
            writer.WriteNumberValue(reader.ReadInt64() / 1000m);
        else
            WriteValue(reader, writer, depth + 1);
    }

    static void WriteValue(JsonElement value, CborWriter writer, CborMembers members)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartMap(value.GetPropertyCount());
                foreach (var member in value.EnumerateObject())
                {
                    writer.WriteTextString(member.Name);
                    WriteMember(member, writer, members);
                }

                writer.WriteEndMap();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray(value.GetArrayLength());
                foreach (var item in value.EnumerateArray())
                    WriteValue(item, writer, members);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteTextString(value.GetString()!);
                break;
            case JsonValueKind.Number when value.TryGetInt64(out var whole):
                writer.WriteInt64(whole);
                break;
            case JsonValueKind.Number:
                writer.WriteDouble(value.GetDouble());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(value.GetBoolean());
                break;
            default:
                writer.WriteNull();
                break;
        }
    }

    static void WriteMember(JsonProperty member, CborWriter writer, CborMembers members)
    {
        if (member.Value.ValueKind == JsonValueKind.String && members.Bytes.Contains(member.Name))
        {
            writer.WriteByteString(member.Value.GetBytesFromBase64());
        }
        else if (member.Value.ValueKind == JsonValueKind.Number && members.Times.Contains(member.Name))
        {
            writer.WriteTag(CborTag.UnixTimeSeconds);
            writer.WriteInt64((long)Math.Round(member.Value.GetDouble() * 1000));
        }
        else
        {
            WriteValue(member.Value, writer, members);
        }
    }
}
