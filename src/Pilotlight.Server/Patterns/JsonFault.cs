using System.Text;
using System.Text.Json;

namespace Pilotlight.Patterns;

/// <summary>Says what is wrong with a text that is no JSON, and where, as AWS's parser (Jackson) does.</summary>
static class JsonFault
{
    const int MaxSource = 500;
    const string Expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

    /// <summary><c>at [Source: (String)"…"; line: 1, column: 11]</c></summary>
    /// <param name="position">In bytes, from the start.</param>
    public static string Place(string text, ReadOnlySpan<byte> utf8, long position)
    {
        var before = utf8[..(int)Math.Min(position, utf8.Length)];
        var line = before.Count((byte)'\n') + 1;
        var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        var source = text.Length > MaxSource ? $"\"{text[..MaxSource]}\"[truncated {text.Length - MaxSource} chars]" : $"\"{text}\"";
        return $"\n at [Source: (String){source}; line: {line}, column: {column}]";
    }

    /// <param name="consumed">The end of the last good token.</param>
    public static string Describe(string text, ReadOnlySpan<byte> utf8, long consumed, JsonTokenType last, int depth)
    {
        var at = (int)consumed;
        var afterValue = last is not (JsonTokenType.None or JsonTokenType.PropertyName or JsonTokenType.StartArray or JsonTokenType.StartObject);
        var sawComma = false;
        while (at < utf8.Length && (utf8[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' || (afterValue && !sawComma && utf8[at] == ',')))
            sawComma |= utf8[at++] == ',';
        if (at >= utf8.Length)
            return $"Unexpected end-of-input{(depth > 0 || last != JsonTokenType.None ? ": expected close marker for Object" : "")}{Place(text, utf8, utf8.Length)}";
        var letter = utf8[at];
        if (IsLetter(letter) && last != JsonTokenType.StartObject)
        {
            var end = at;
            while (end < utf8.Length && (IsLetter(utf8[end]) || utf8[end] is >= (byte)'0' and <= (byte)'9'))
                end++;
            return $"Unrecognized token '{Encoding.UTF8.GetString(utf8[at..end])}': was expecting {Expected}{Place(text, utf8, end)}";
        }

        Rune.DecodeFromUtf8(utf8[at..], out var rune, out _);
        var wanted = last switch
        {
            JsonTokenType.StartObject => "was expecting double-quote to start field name",
            JsonTokenType.None or JsonTokenType.PropertyName or JsonTokenType.StartArray => $"expected a valid value {Expected}",
            _ when sawComma => "was expecting double-quote to start field name",
            _ => "was expecting comma to separate Object entries",
        };
        return $"Unexpected character ('{rune}' (code {rune.Value})): {wanted}{Place(text, utf8, at)}";
    }

    static bool IsLetter(byte letter) => letter is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (byte)'_' or (byte)'$';
}
