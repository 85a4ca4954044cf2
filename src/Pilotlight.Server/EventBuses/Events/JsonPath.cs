using System.Globalization;
using System.Text.Json;

namespace Pilotlight.EventBuses;

/// <summary>
/// The paths that EventBridge takes: <c>$.detail.items[0].name</c>, <c>[*]</c> for all elements. Read when used; AWS too finds out at
/// run time that a path leads nowhere.
/// </summary>
static class JsonPath
{
    /// <summary>Whether the text is a path at all.</summary>
    public static bool IsValid(string path) => Steps(path) is not null;

    /// <summary>What stands there; null for nothing. Several finds (<c>[*]</c>) are one list.</summary>
    public static JsonElement? Find(JsonElement root, string path)
    {
        if (Steps(path) is not { } steps)
            return null;
        List<JsonElement> found = [root];
        var many = false;
        foreach (var step in steps)
        {
            many |= step == "[*]";
            found = [.. found.SelectMany(element => Follow(element, step))];
        }

        if (!many)
            return found.Count == 0 ? null : found[0];
        using var list = JsonDocument.Parse(BusAnswer.Write(writer =>
        {
            writer.WriteStartArray();
            found.ForEach(element => element.WriteTo(writer));
            writer.WriteEndArray();
        }));
        return list.RootElement.Clone();
    }

    static IEnumerable<JsonElement> Follow(JsonElement element, string step)
    {
        if (step == "[*]")
            return element.ValueKind switch
            {
                JsonValueKind.Array => element.EnumerateArray(),
                JsonValueKind.Object => element.EnumerateObject().Select(member => member.Value),
                _ => [],
            };
        if (step[0] == '[')
            return element.ValueKind == JsonValueKind.Array && int.TryParse(step.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < element.GetArrayLength()
                ? [element[index]]
                : [];
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(step.AsSpan(1), out var value) ? [value] : [];
    }

    /// <summary><c>.name</c>, <c>[3</c> and <c>[*]</c>.</summary>
    static List<string>? Steps(string path)
    {
        if (path.Length == 0 || path[0] != '$')
            return null;
        var steps = new List<string>();
        var at = 1;
        while (at < path.Length)
        {
            if (path[at] == '.')
            {
                var end = path.AsSpan(at + 1).IndexOfAny('.', '[') is >= 0 and var length ? at + 1 + length : path.Length;
                var name = path[(at + 1)..end];
                if (name.Length == 0)
                    return null;
                steps.Add(name == "*" ? "[*]" : "." + name);
                at = end;
            }
            else if (path[at] == '[' && path.IndexOf(']', at) is > 0 and var close)
            {
                var inside = path[(at + 1)..close];
                if (inside == "*")
                    steps.Add("[*]");
                else if (inside.Length >= 3 && inside[0] is '\'' or '"' && inside[^1] == inside[0])
                    steps.Add("." + inside[1..^1]);
                else if (inside.Length is > 0 and < 10 && !inside.AsSpan().ContainsAnyExceptInRange('0', '9'))
                    steps.Add("[" + inside);
                else
                    return null;
                at = close + 1;
            }
            else
                return null;
        }

        return steps;
    }
}
