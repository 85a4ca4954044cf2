using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.RuntimeSupport;

/// <summary>A log message as one line of JSON, with the members that AWS's runtime gives it.</summary>
static class JsonRecord
{
    static readonly JsonSerializerOptions s_options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    // A hole of the same name as a member would make the record ambiguous for whoever filters by it.
    static readonly HashSet<string> s_ours = ["timestamp", "level", "requestId", "traceId", "tenantId", "message", "errorType", "errorMessage", "stackTrace"];

    public static string Write(LogLevel level, Invocation? invocation, MessageTemplate template, Exception? exception)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("level", level.ToString());
            if (invocation is not null) json.WriteString("requestId", invocation.RequestId);
            if (invocation?.TraceId is { Length: > 0 } traceId) json.WriteString("traceId", traceId);
            if (invocation?.TenantId is { Length: > 0 } tenantId) json.WriteString("tenantId", tenantId);
            json.WriteString("message", template.Text());
            foreach (var property in template.Properties()) if (!s_ours.Contains(property.Name)) WriteProperty(json, property);
            if (exception is not null) WriteException(json, exception);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    static void WriteException(Utf8JsonWriter json, Exception exception)
    {
        json.WriteString("errorType", exception.GetType().FullName);
        json.WriteString("errorMessage", exception.Message);
        json.WriteStartArray("stackTrace");
        foreach (var line in exception.ToString().Split('\n')) json.WriteStringValue(line.Trim());
        json.WriteEndArray();
    }

    static void WriteProperty(Utf8JsonWriter json, MessageTemplate.Property property)
    {
        json.WritePropertyName(property.Name);
        switch (property.Value)
        {
            case IDictionary map when !property.IsSerialized:
                json.WriteStartObject();
                foreach (DictionaryEntry entry in map)
                {
                    json.WritePropertyName(entry.Key.ToString() ?? "");
                    WriteValue(json, entry.Value, property);
                }
                json.WriteEndObject();
                break;
            case IList list when !property.IsSerialized && list is not IList<byte>:
                json.WriteStartArray();
                foreach (var item in list) WriteValue(json, item, property);
                json.WriteEndArray();
                break;
            default:
                WriteValue(json, property.Value, property);
                break;
        }
    }

    static void WriteValue(Utf8JsonWriter json, object? value, MessageTemplate.Property property)
    {
        if (value is null)
        {
            json.WriteNullValue();
            return;
        }
        if (property.IsSerialized && TrySerialize(value) is { } serialized)
        {
            json.WriteRawValue(serialized);
            return;
        }
        if (property.Format is null && value is bool truth) json.WriteBooleanValue(truth);
        else if (property.Format is null && IsNumber(value)) json.WriteRawValue(Convert.ToString(value, CultureInfo.InvariantCulture)!);
        else json.WriteStringValue(MessageTemplate.Shown(value, property.Format));
    }

    /// <summary>Null when the object cannot be serialized: its text is then better than no message.</summary>
    static string? TrySerialize(object value)
    {
        try
        {
            return JsonSerializer.Serialize(value, value.GetType(), s_options);
        }
        catch (Exception)
        {
            return null;
        }
    }

    static bool IsNumber(object value) => value is sbyte or byte or short or ushort or int or uint or long or ulong or decimal
        || value is double floating && double.IsFinite(floating) || value is float single && float.IsFinite(single);
}
