using System.Collections;
using System.Globalization;
using System.Text;

namespace Pilotlight.RuntimeSupport;

/// <summary>A message with named or numbered holes and what fills them: "User {name} bought {count:D3} of {@product}".</summary>
sealed class MessageTemplate(string template, object?[] arguments)
{
    /// <summary>What fills one hole, under the hole's name.</summary>
    public readonly record struct Property(string Name, object? Value, string? Format, bool IsSerialized);

    public string Text()
    {
        if (arguments.Length == 0) return template;
        var text = new StringBuilder(template.Length + 16 * arguments.Length);
        Walk(text, null);
        return text.ToString();
    }

    public List<Property> Properties()
    {
        List<Property> properties = [];
        if (arguments.Length > 0) Walk(new StringBuilder(), properties);
        return properties;
    }

    void Walk(StringBuilder text, List<Property>? properties)
    {
        var holes = Holes();
        var isNumbered = IsNumbered(holes);
        var at = 0;
        for (var i = 0; i < holes.Count; i++)
        {
            var (start, end) = holes[i];
            var (name, format, isSerialized) = Parse(template.AsSpan(start + 1, end - start - 1));
            var index = isNumbered ? int.Parse(name, CultureInfo.InvariantCulture) : i;
            text.Append(template, at, start - at);
            at = end + 1;
            if (index >= arguments.Length && !isNumbered)
            {
                text.Append(template, start, at - start);
                continue;
            }
            var value = index < arguments.Length ? arguments[index] : null;
            text.Append(Shown(value, format));
            if (value is not null) properties?.Add(new Property(name, value, format, isSerialized));
        }
        text.Append(template, at, template.Length - at).Replace("{{", "{").Replace("}}", "}");
    }

    /// <summary>Where each hole opens and closes. A doubled brace is the brace itself.</summary>
    List<(int Start, int End)> Holes()
    {
        List<(int, int)> holes = [];
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '{') continue;
            if (i + 1 < template.Length && template[i + 1] == '{')
            {
                i++;
                continue;
            }
            var end = template.IndexOf('}', i);
            if (end < 0) break;
            if (end > i + 1) holes.Add((i, end));
            i = end;
        }
        return holes;
    }

    /// <summary>Numbers from 0 without a gap are positions; anything else are names, filled in order.</summary>
    bool IsNumbered(List<(int Start, int End)> holes)
    {
        var numbers = new HashSet<int>();
        foreach (var (start, end) in holes)
        {
            if (!int.TryParse(Parse(template.AsSpan(start + 1, end - start - 1)).Name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
            numbers.Add(number);
        }
        return numbers.Count > 0 && numbers.Max() == numbers.Count - 1;
    }

    static (string Name, string? Format, bool IsSerialized) Parse(ReadOnlySpan<char> hole)
    {
        var isSerialized = hole.StartsWith("@");
        if (isSerialized) hole = hole[1..];
        var colon = hole.IndexOf(':');
        return colon < 0 ? (hole.ToString(), null, isSerialized) : (hole[..colon].ToString(), hole[(colon + 1)..].ToString(), isSerialized);
    }

    public static string Shown(object? value, string? format) => value switch
    {
        null => "{null}",
        string text => text,
        byte[] bytes => Convert.ToHexString(bytes),
        IFormattable formattable when format is not null => formattable.ToString(format, CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture),
        IEnumerable many and not IDictionary => string.Join(", ", many.Cast<object?>().Select(one => Shown(one, format))),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
