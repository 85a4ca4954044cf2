using System.Text.Json;

namespace Pilotlight.Topics;

/// <summary>It is no filter policy; the message is AWS's, without its beginning.</summary>
sealed class FilterPolicyException(string message) : Exception(message);

/// <summary>
/// Which messages a subscription wants. SNS has a language of its own, close to event patterns: read once, matched often. In the scope of
/// message attributes a key is the name of one; in the scope of the body it is a path.
/// </summary>
sealed class FilterPolicy
{
    public const string Attributes = "MessageAttributes";
    public const string Body = "MessageBody";

    const int MaxKeys = 5;
    const int MaxCombinations = 150;

    readonly FilterNode _root;

    FilterPolicy(FilterNode root) => _root = root;

    /// <exception cref="FilterPolicyException">It is none.</exception>
    public static FilterPolicy Parse(string text, string scope)
    {
        var root = FilterPolicyReader.Read(text);
        if (scope == Attributes && root.IsNested)
            throw new FilterPolicyException("Filter policy scope MessageAttributes does not support nested filter policy");
        if (root.Keys("").Distinct().Count() > MaxKeys)
            throw new FilterPolicyException("FilterPolicy: Filter policy can not have more than 5 keys");
        if (root.Combinations(1) > MaxCombinations)
            throw new FilterPolicyException("FilterPolicy: Filter policy is too complex");
        return new FilterPolicy(scope == Body ? root.WithPathsOpened() : root);
    }

    public bool Matches(IReadOnlyDictionary<string, MessageAttribute> attributes) => _root.Matches(attributes);

    /// <param name="body">Null for what is no JSON object.</param>
    public bool Matches(FilterBody? body) => body is not null && _root.Matches(body);
}

/// <summary>An object of a policy: every field must match, and one of the alternatives of each <c>$or</c>.</summary>
sealed class FilterNode
{
    public List<(string Name, FilterNode? Inner, FilterTest[]? Leaf)> Fields { get; } = [];

    public List<FilterNode[]> Alternatives { get; } = [];

    public bool IsEmpty => Fields.Count + Alternatives.Count == 0;

    public bool IsNested => Fields.Exists(static one => one.Inner is not null) || Alternatives.Exists(static group => group.Any(static node => node.IsNested));

    public IEnumerable<string> Keys(string path)
    {
        foreach (var (name, inner, _) in Fields)
        {
            if (inner is null)
                yield return $"{path}.{name}";
            else
                foreach (var key in inner.Keys($"{path}.{name}"))
                    yield return key;
        }

        foreach (var key in Alternatives.SelectMany(group => group.SelectMany(node => node.Keys(path))))
            yield return key;
    }

    /// <summary>As AWS counts them: values times depth of every key multiply, alternatives add.</summary>
    public double Combinations(int depth)
    {
        var product = 1.0;
        foreach (var (_, inner, leaf) in Fields)
            product *= inner?.Combinations(depth + 1) ?? leaf!.Length * depth;
        foreach (var group in Alternatives)
            product *= group.Sum(node => node.Combinations(depth));
        return product;
    }

    /// <summary><c>"a.b": […]</c> as <c>"a": {"b": […]}</c>.</summary>
    public FilterNode WithPathsOpened()
    {
        var opened = new FilterNode();
        foreach (var (name, inner, leaf) in Fields)
        {
            var steps = name.Split('.');
            (string, FilterNode?, FilterTest[]?) field = (steps[^1], inner?.WithPathsOpened(), leaf);
            for (var at = steps.Length - 2; at >= 0; at--)
            {
                var outer = new FilterNode();
                outer.Fields.Add(field);
                field = (steps[at], outer, null);
            }

            opened.Fields.Add(field);
        }

        foreach (var group in Alternatives)
            opened.Alternatives.Add([.. group.Select(static node => node.WithPathsOpened())]);
        return opened;
    }

    public bool Matches(IReadOnlyDictionary<string, MessageAttribute> attributes)
    {
        foreach (var (name, _, leaf) in Fields)
        {
            if (!Matches(leaf!, attributes.TryGetValue(name, out var attribute) ? attribute.FilterValues : null))
                return false;
        }

        return Alternatives.TrueForAll(group => Array.Exists(group, node => node.Matches(attributes)));
    }

    static bool Matches(FilterTest[] leaf, IReadOnlyList<FilterValue>? values)
    {
        // A null of a policy stands for an attribute that is not there.
        if (values is null)
            return Array.Exists(leaf, static test => test is FilterTest.Exists { Wanted: false } or FilterTest.Exactly { Value.Kind: JsonValueKind.Null });
        return Array.Exists(leaf, test => test is FilterTest.Exists exists ? exists.Wanted : values.Any(test.Matches));
    }

    public bool Matches(FilterBody body)
    {
        foreach (var (name, inner, leaf) in Fields)
        {
            var found = body.Members?.GetValueOrDefault(name);
            if (!(inner is not null ? MatchesInner(inner, found) : MatchesLeaf(leaf!, found)))
                return false;
        }

        return Alternatives.TrueForAll(group => Array.Exists(group, node => node.Matches(body)));
    }

    /// <summary>What is absent is an object without members, so that <c>exists: false</c> inside it holds.</summary>
    static bool MatchesInner(FilterNode inner, FilterBody? found) => found switch
    {
        { Members: not null } => inner.Matches(found),
        { Items: { } items } => items.Exists(item => item is { Members: not null } or { Items: not null } && MatchesInner(inner, item)),
        _ => inner.Matches(FilterBody.Nothing),
    };

    static bool MatchesLeaf(FilterTest[] leaf, FilterBody? found)
    {
        var values = new List<FilterValue>();
        found?.Collect(values);
        return values.Count == 0
            ? Array.Exists(leaf, static test => test is FilterTest.Exists { Wanted: false })
            : Array.Exists(leaf, test => test is FilterTest.Exists exists ? exists.Wanted : values.Exists(test.Matches));
    }
}

/// <summary>One value of a message, or of a policy.</summary>
readonly record struct FilterValue(JsonValueKind Kind, string? Text = null, double Number = 0)
{
    public static FilterValue Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new FilterValue(JsonValueKind.String, json.GetString()),
        JsonValueKind.Number => new FilterValue(JsonValueKind.Number, Number: json.GetDouble()),
        _ => new FilterValue(json.ValueKind),
    };
}

/// <summary>A message's body for policies that look into it: dots in names are steps of a path.</summary>
sealed class FilterBody
{
    public static FilterBody Nothing { get; } = new() { Members = [] };

    public Dictionary<string, FilterBody>? Members { get; private init; }

    public List<FilterBody>? Items { get; private init; }

    public FilterValue Value { get; private init; }

    /// <summary>Null for what is no JSON object.</summary>
    public static FilterBody? TryParse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object ? Of(json.RootElement) : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    static FilterBody Of(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
            return new FilterBody { Items = [.. json.EnumerateArray().Select(Of)] };
        if (json.ValueKind != JsonValueKind.Object)
            return new FilterBody { Value = FilterValue.Of(json) };
        var body = new FilterBody { Members = [] };
        foreach (var member in json.EnumerateObject())
            Put(body.Members, member.Name.Split('.'), Of(member.Value));
        return body;
    }

    static void Put(Dictionary<string, FilterBody> members, ReadOnlySpan<string> path, FilterBody value)
    {
        if (path.Length > 1)
        {
            if (members.GetValueOrDefault(path[0]) is { Members: { } inner })
            {
                Put(inner, path[1..], value);
                return;
            }

            var outer = new FilterBody { Members = [] };
            Put(outer.Members!, path[1..], value);
            value = outer;
        }

        members[path[0]] = value;
    }

    /// <summary>The plain values at this place, those inside lists too.</summary>
    public void Collect(List<FilterValue> values)
    {
        if (Items is not null)
            Items.ForEach(item => item.Collect(values));
        else if (Members is null)
            values.Add(Value);
    }
}
