using System.Text.Json;

namespace Pilotlight.Patterns;

/// <summary>
/// An event pattern, as filters of event source mappings (and rules of event buses) are written: an object of the shape of the events,
/// whose leaves are lists of what may stand there. Read once, matched often.
/// </summary>
public sealed class EventPattern
{
    const int MaxDepth = 32;

    readonly Node _root;

    EventPattern(Node root) => _root = root;

    /// <summary>The pattern, or null for what is none: no JSON object, an empty list, an operator that does not exist.</summary>
    public static EventPattern? TryParse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return json.RootElement.ValueKind == JsonValueKind.Object && Node.TryRead(json.RootElement) is { } root ? new EventPattern(root) : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // No JSON, or a string with half a surrogate pair.
            return null;
        }
    }

    public bool Matches(JsonElement candidate) => candidate.ValueKind == JsonValueKind.Object && _root.Matches(candidate);

    /// <summary>An object of the pattern: every field must match, and one of the alternatives of each <c>$or</c>.</summary>
    sealed class Node
    {
        readonly List<Field> _fields = [];
        readonly List<Node[]> _alternatives = [];

        public static Node? TryRead(JsonElement json)
        {
            var node = new Node();
            foreach (var field in json.EnumerateObject())
            {
                if (!node.TryAdd(field))
                    return null;
            }

            return node._fields.Count + node._alternatives.Count > 0 ? node : null;
        }

        bool TryAdd(JsonProperty field)
        {
            if (field.Name == "$or" && IsListOfObjects(field.Value))
            {
                var alternatives = field.Value.EnumerateArray().Select(TryRead).ToArray();
                if (alternatives.Length < 2 || alternatives.Any(alternative => alternative is null))
                    return false;
                _alternatives.Add(alternatives!);
                return true;
            }

            switch (field.Value.ValueKind)
            {
                case JsonValueKind.Object when TryRead(field.Value) is { } inner:
                    _fields.Add(new Field(field.Name, inner, null));
                    return true;
                case JsonValueKind.Array when field.Value.GetArrayLength() > 0:
                    EventMatcher?[] leaf = [.. field.Value.EnumerateArray().Select(EventMatcher.TryRead)];
                    if (leaf.Contains(null))
                        return false;
                    _fields.Add(new Field(field.Name, null, leaf!));
                    return true;
                default:
                    return false;
            }
        }

        /// <summary>A list of plain values under a field that happens to be called <c>$or</c> is a leaf.</summary>
        static bool IsListOfObjects(JsonElement json) =>
            json.ValueKind == JsonValueKind.Array && json.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object);

        public bool Matches(JsonElement candidate)
        {
            foreach (var (name, inner, leaf) in _fields)
            {
                JsonElement? value = candidate.TryGetProperty(name, out var found) ? found : null;
                if (!(inner is not null ? MatchesInner(inner, value) : MatchesLeaf(leaf!, value)))
                    return false;
            }

            return _alternatives.TrueForAll(alternatives => Array.Exists(alternatives, alternative => alternative.Matches(candidate)));
        }

        /// <summary>What is absent is an object without members, so that <c>exists: false</c> inside it holds.</summary>
        static bool MatchesInner(Node inner, JsonElement? value) => value switch
        {
            { ValueKind: JsonValueKind.Object } item => inner.Matches(item),
            { ValueKind: JsonValueKind.Array } items => items.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object && inner.Matches(item)),
            _ => inner.Matches(s_nothing),
        };

        static bool MatchesLeaf(EventMatcher[] leaf, JsonElement? value)
        {
            if (value is not { ValueKind: JsonValueKind.Array } items)
                return Array.Exists(leaf, matcher => matcher.Matches(value));
            return items.GetArrayLength() == 0
                ? Array.Exists(leaf, static matcher => matcher.Matches(null))
                : items.EnumerateArray().Any(item => Array.Exists(leaf, matcher => matcher.Matches(item)));
        }
    }

    /// <summary>One of the two is there.</summary>
    sealed record Field(string Name, Node? Inner, EventMatcher[]? Leaf);

    static readonly JsonElement s_nothing = JsonDocument.Parse("{}").RootElement;
}

/// <summary>What may stand at one place of an event: a value, or an operator.</summary>
abstract class EventMatcher
{
    /// <param name="value">Null when there is nothing at that place.</param>
    public abstract bool Matches(JsonElement? value);

    public static EventMatcher? TryRead(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null => new Exactly(json.Clone()),
        JsonValueKind.Object => TryReadOperator(json),
        _ => null,
    };

    static EventMatcher? TryReadOperator(JsonElement json)
    {
        using var members = json.EnumerateObject().GetEnumerator();
        if (!members.MoveNext())
            return null;
        var (name, value) = (members.Current.Name, members.Current.Value);
        if (members.MoveNext())
            return null;
        return name switch
        {
            "exists" when value.ValueKind is JsonValueKind.True or JsonValueKind.False => new Exists(value.ValueKind == JsonValueKind.True),
            "numeric" => NumericRange.TryReadRange(value),
            "anything-but" => AnythingBut.TryReadRefused(value),
            _ => TextTest.TryReadTest(name, value),
        };
    }

    sealed class Exactly(JsonElement wanted) : EventMatcher
    {
        public override bool Matches(JsonElement? value)
        {
            if (value is not { } found || found.ValueKind != wanted.ValueKind)
                return false;
            return found.ValueKind switch
            {
                JsonValueKind.String => found.ValueEquals(wanted.GetString()),
                JsonValueKind.Number => found.GetRawText() == wanted.GetRawText() || found.GetDouble() == wanted.GetDouble(),
                _ => true,
            };
        }
    }

    /// <summary>A leaf: an object is not one.</summary>
    sealed class Exists(bool wanted) : EventMatcher
    {
        public override bool Matches(JsonElement? value) => value is { ValueKind: not JsonValueKind.Object } == wanted;
    }

    /// <summary><c>["&gt;", 0, "&lt;=", 5]</c></summary>
    sealed class NumericRange : EventMatcher
    {
        readonly List<(string Sign, double Bound)> _tests = [];

        public static NumericRange? TryReadRange(JsonElement json)
        {
            if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is not (2 or 4))
                return null;
            var range = new NumericRange();
            for (var at = 0; at < json.GetArrayLength(); at += 2)
            {
                if (json[at].ValueKind != JsonValueKind.String || json[at].GetString() is not ("=" or "<" or "<=" or ">" or ">=") and not null
                    || json[at + 1].ValueKind != JsonValueKind.Number)
                    return null;
                range._tests.Add((json[at].GetString()!, json[at + 1].GetDouble()));
            }

            return range._tests is [_] or [(">" or ">=", _), ("<" or "<=", _)] && range.IsOrdered() ? range : null;
        }

        bool IsOrdered() => _tests is not [var low, var high] || low.Bound < high.Bound;

        public override bool Matches(JsonElement? value) =>
            value is { ValueKind: JsonValueKind.Number } number && _tests.TrueForAll(test => Holds(test.Sign, number.GetDouble(), test.Bound));

        static bool Holds(string sign, double value, double bound) => sign switch
        {
            "=" => value == bound,
            "<" => value < bound,
            "<=" => value <= bound,
            ">" => value > bound,
            _ => value >= bound,
        };
    }

    /// <summary>Something else must stand there: none of the values, or nothing that the text test finds.</summary>
    sealed class AnythingBut(EventMatcher[] refused) : EventMatcher
    {
        public static AnythingBut? TryReadRefused(JsonElement json)
        {
            EventMatcher?[] refused = json.ValueKind switch
            {
                JsonValueKind.String or JsonValueKind.Number => [new Exactly(json.Clone())],
                JsonValueKind.Array when json.GetArrayLength() > 0 && json.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    => json.EnumerateArray().Select(EventMatcher? (item) => new Exactly(item.Clone())).ToArray(),
                JsonValueKind.Object when json.EnumerateObject().ToArray() is [var test] => TextTests(test),
                _ => [],
            };
            return refused.Length > 0 && !refused.Contains(null) ? new AnythingBut(refused!) : null;
        }

        static EventMatcher?[] TextTests(JsonProperty test) => test.Value.ValueKind == JsonValueKind.Array
            ? [.. test.Value.EnumerateArray().Select(value => TextTest.TryReadTest(test.Name, value))]
            : [TextTest.TryReadTest(test.Name, test.Value)];

        public override bool Matches(JsonElement? value) => value is not null && !Array.Exists(refused, matcher => matcher.Matches(value));
    }

    sealed class TextTest(Func<string, bool> test) : EventMatcher
    {
        public static TextTest? TryReadTest(string name, JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.Object && name is "prefix" or "suffix" && IgnoringCase(value) is { } folded)
                return name == "prefix"
                    ? new TextTest(text => text.StartsWith(folded, StringComparison.OrdinalIgnoreCase))
                    : new TextTest(text => text.EndsWith(folded, StringComparison.OrdinalIgnoreCase));
            if (value.ValueKind != JsonValueKind.String)
                return null;
            var wanted = value.GetString()!;
            return name switch
            {
                "prefix" => new TextTest(text => text.StartsWith(wanted, StringComparison.Ordinal)),
                "suffix" => new TextTest(text => text.EndsWith(wanted, StringComparison.Ordinal)),
                "equals-ignore-case" => new TextTest(text => string.Equals(text, wanted, StringComparison.OrdinalIgnoreCase)),
                "wildcard" when !wanted.Contains("**", StringComparison.Ordinal) => new TextTest(text => Wildcard(wanted, text)),
                "cidr" when System.Net.IPNetwork.TryParse(wanted, out var network)
                    => new TextTest(text => System.Net.IPAddress.TryParse(text, out var address) && network.Contains(address)),
                _ => null,
            };
        }

        static string? IgnoringCase(JsonElement json) =>
            json.EnumerateObject().ToArray() is [{ Name: "equals-ignore-case", Value.ValueKind: JsonValueKind.String } only] ? only.Value.GetString() : null;

        /// <summary>A star stands for any text; linear in the two lengths' product at worst.</summary>
        static bool Wildcard(string pattern, string text)
        {
            int at = 0, read = 0, star = -1, mark = 0;
            while (read < text.Length)
            {
                if (at < pattern.Length && pattern[at] == '*')
                    (star, mark) = (at++, read);
                else if (at < pattern.Length && pattern[at] == text[read])
                    (at, read) = (at + 1, read + 1);
                else if (star >= 0)
                    (at, read) = (star + 1, ++mark);
                else
                    return false;
            }

            while (at < pattern.Length && pattern[at] == '*')
                at++;
            return at == pattern.Length;
        }

        public override bool Matches(JsonElement? value) =>
            value is { ValueKind: JsonValueKind.String } text && test(text.GetString()!);
    }
}
