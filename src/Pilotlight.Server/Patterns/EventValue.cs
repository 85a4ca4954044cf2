using System.Text.Json;

namespace Pilotlight.Patterns;

/// <summary>
/// An event as patterns look at it, made once and matched against many. Names with dots mean the same as nesting, and of two members
/// with one name the last counts.
/// </summary>
public sealed class EventValue
{
    /// <summary>Objects with more members than this are searched through a table.</summary>
    const int FewMembers = 8;

    static readonly EventValue s_true = new(JsonValueKind.True);
    static readonly EventValue s_false = new(JsonValueKind.False);
    static readonly EventValue s_null = new(JsonValueKind.Null);

    readonly List<KeyValuePair<string, EventValue>> _members = [];
    Dictionary<string, int>? _index;

    EventValue(JsonValueKind kind) => Kind = kind;

    internal JsonValueKind Kind { get; }

    /// <summary>Of strings, and of numbers as they were written.</summary>
    internal string Text { get; private init; } = "";

    internal double Number { get; private init; }

    internal EventValue[] Items { get; private init; } = [];

    internal static EventValue Nothing { get; } = new(JsonValueKind.Object);

    /// <exception cref="InvalidOperationException">A string holds half a surrogate pair.</exception>
    public static EventValue Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => OfObject(json),
        JsonValueKind.Array => new EventValue(JsonValueKind.Array) { Items = [.. json.EnumerateArray().Select(Of)] },
        JsonValueKind.String => new EventValue(JsonValueKind.String) { Text = json.GetString()! },
        JsonValueKind.Number => new EventValue(JsonValueKind.Number) { Text = json.GetRawText(), Number = json.TryGetDouble(out var number) ? number : double.NaN },
        JsonValueKind.True => s_true,
        JsonValueKind.False => s_false,
        _ => s_null,
    };

    static EventValue OfObject(JsonElement json)
    {
        var value = new EventValue(JsonValueKind.Object);
        var dotted = false;
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name.Contains('.'))
                dotted = true;
            else
                value.Set(member.Name, Of(member.Value));
        }

        if (!dotted)
            return value;
        foreach (var member in json.EnumerateObject().Where(member => member.Name.Contains('.')))
            value.Merge(member.Name.Split('.'), 0, Of(member.Value));

        return value;
    }

    internal EventValue? Find(string name)
    {
        if (_index is not null)
            return _index.TryGetValue(name, out var at) ? _members[at].Value : null;
        foreach (var member in _members)
        {
            if (member.Key == name)
                return member.Value;
        }

        return null;
    }

    /// <summary>Whether there is a value at the path that is neither an object nor an empty list, in any element of any list on the way.</summary>
    internal bool HasLeaf(ReadOnlySpan<string> path)
    {
        switch (Kind)
        {
            case JsonValueKind.Array:
                foreach (var item in Items)
                {
                    if (item.HasLeaf(path))
                        return true;
                }

                return false;
            case JsonValueKind.Object:
                return path.Length > 0 && Find(path[0]) is { } found && found.HasLeaf(path[1..]);
            default:
                return path.Length == 0;
        }
    }

    void Set(string name, EventValue value)
    {
        for (var at = 0; at < _members.Count && _index is null; at++)
        {
            if (_members[at].Key != name)
                continue;
            _members[at] = KeyValuePair.Create(name, value);
            return;
        }

        if (_index is not null && _index.TryGetValue(name, out var known))
        {
            _members[known] = KeyValuePair.Create(name, value);
            return;
        }

        _members.Add(KeyValuePair.Create(name, value));
        if (_index is not null)
            _index.Add(name, _members.Count - 1);
        else if (_members.Count > FewMembers)
            _index = _members.Select((member, at) => (member.Key, at)).ToDictionary(entry => entry.Key, entry => entry.at);
    }

    /// <summary>Puts a value where a name with dots means it, beside what nesting has put there.</summary>
    void Merge(string[] path, int at, EventValue value)
    {
        var found = Find(path[at]);
        if (at == path.Length - 1)
        {
            Set(path[at], found is null ? value : new EventValue(JsonValueKind.Array) { Items = [found, value] });
            return;
        }

        var inner = new EventValue(JsonValueKind.Object);
        if (found is { Kind: JsonValueKind.Object })
            inner = found;
        else
            Set(path[at], found is null ? inner : new EventValue(JsonValueKind.Array) { Items = [found, inner] });
        inner.Merge(path, at + 1, value);
    }
}
