using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>Writes answers; members that are null are left out, and times are seconds since 1970.</summary>
static class BusAnswer
{
    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static AwsResult Of(Action<Utf8JsonWriter> members) =>
        AwsResult.Bytes(Write(writer =>
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }), null!);

    public static byte[] Write(Action<Utf8JsonWriter> value)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
            value(writer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>One page of a list of objects, and the token of the next.</summary>
    public static AwsResult Page<T>(BusPage<T> page, string name, Action<Utf8JsonWriter, T> members) => PageOfValues(page, name, (writer, one) =>
    {
        writer.WriteStartObject();
        members(writer, one);
        writer.WriteEndObject();
    });

    public static AwsResult PageOfValues<T>(BusPage<T> page, string name, Action<Utf8JsonWriter, T> item) => Of(writer =>
    {
        writer.WriteStartArray(name);
        foreach (var one in page.Items)
            item(writer, one);
        writer.WriteEndArray();
        writer.Text("NextToken", page.NextToken);
    });

    extension(Utf8JsonWriter writer)
    {
        public void Text(string name, string? value)
        {
            if (value is not null)
                writer.WriteString(name, value);
        }

        public void Time(string name, DateTimeOffset? value)
        {
            if (value is { } time)
                writer.WriteNumber(name, time.ToUnixTimeMilliseconds() / 1000m);
        }

        public void Element(string name, JsonElement? value)
        {
            if (value is not { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } element)
                return;
            writer.WritePropertyName(name);
            element.WriteTo(writer);
        }

        public void Arn(string name, string? arn)
        {
            if (arn is null)
                return;
            writer.WriteStartObject(name);
            writer.WriteString("Arn", arn);
            writer.WriteEndObject();
        }

        public void Tags(string name, IEnumerable<KeyValuePair<string, string>> tags)
        {
            writer.WriteStartArray(name);
            foreach (var (key, value) in tags)
            {
                writer.WriteStartObject();
                writer.WriteString("Key", key);
                writer.WriteString("Value", value);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    }
}

/// <summary>A page of resources in the order of their keys.</summary>
sealed record BusPage<T>(IReadOnlyList<T> Items, string? NextToken)
{
    /// <exception cref="AwsException">The token is none that was handed out.</exception>
    public static BusPage<T> Of(IEnumerable<KeyValuePair<string, T>> sorted, string? token, int limit)
    {
        var start = token is null ? "" : BusPage.KeyOf(token);
        var found = sorted.Where(entry => string.CompareOrdinal(entry.Key, start) >= 0).Take(limit + 1).ToList();
        return found.Count > limit
            ? new BusPage<T>([.. found.Take(limit).Select(entry => entry.Value)], BusPage.TokenOf(found[limit].Key))
            : new BusPage<T>([.. found.Select(entry => entry.Value)], null);
    }
}

static class BusPage
{
    const string Mark = "next=";

    public static string TokenOf(string key) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Mark + key));

    public static string KeyOf(string token)
    {
        var bytes = new byte[token.Length];
        if (Convert.TryFromBase64String(token, bytes, out var length) && System.Text.Encoding.UTF8.GetString(bytes, 0, length) is var text
            && text.StartsWith(Mark, StringComparison.Ordinal))
            return text[Mark.Length..];
        throw BusErrors.Invalid("NextToken").AsException();
    }
}
