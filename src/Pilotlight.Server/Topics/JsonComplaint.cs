using System.Text;
using System.Text.Json;

namespace Pilotlight.Topics;

/// <summary>What AWS's JSON parser says of a text, and where. Columns count from one.</summary>
static class JsonComplaint
{
    /// <summary>The place behind an offset in UTF-8, as AWS adds it to what it says.</summary>
    public static string At(ReadOnlySpan<byte> json, int offset)
    {
        var before = json[..Math.Min(offset, json.Length)];
        var line = before.Count((byte)'\n') + 1;
        var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return $"\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]";
    }

    /// <summary>Of a text that is no JSON.</summary>
    public static string Of(string text)
    {
        var json = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(json);
        var (last, end, inObject) = (JsonTokenType.None, 0, false);
        try
        {
            while (reader.Read())
            {
                (last, end) = (reader.TokenType, (int)reader.BytesConsumed);
                inObject = reader.TokenType == JsonTokenType.StartObject || (inObject && reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.PropertyName));
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return "failed to parse JSON. " + Words(json, last, end, inObject);
        }

        return "failed to parse JSON." + At(json, json.Length);
    }

    static string Words(byte[] json, JsonTokenType last, int end, bool inObject)
    {
        var at = end;
        while (at < json.Length && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)',' or (byte)':')
            at++;
        if (at >= json.Length)
            return "Unexpected end-of-input" + At(json, json.Length);
        if (last == JsonTokenType.StartObject && json[at] != '"')
            return $"Unexpected character ('{(char)json[at]}' (code {json[at]})): was expecting double-quote to start field name" + At(json, at);
        if (!inObject && char.IsAsciiLetter((char)json[at]))
        {
            var stop = at;
            while (stop < json.Length && char.IsAsciiLetterOrDigit((char)json[stop]))
                stop++;
            return $"Unrecognized token '{Encoding.UTF8.GetString(json, at, stop - at)}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
                + At(json, stop);
        }

        return $"Unexpected character ('{(char)json[at]}' (code {json[at]}))" + At(json, at);
    }
}
