using System.Text.Json;

namespace Pilotlight.Patterns;

/// <summary>An object of a pattern: every field must match, and one of the alternatives of each <c>$or</c>.</summary>
sealed class PatternNode
{
    readonly Dictionary<string, PatternField> _byName = new(StringComparer.Ordinal);
    readonly List<PatternNode[]> _alternatives = [];
    PatternField[]? _fields;

    PatternField[] Fields => _fields ??= [.. _byName.Values];

    public bool IsEmpty => _byName.Count + _alternatives.Count == 0;

    /// <summary>How many patterns without <c>$or</c> it stands for.</summary>
    public long Combinations
    {
        get
        {
            var count = _alternatives.Aggregate(1L, (product, alternatives) => Capped(product, alternatives.Sum(alternative => alternative.Combinations)));
            return _byName.Values.Aggregate(count, (product, member) => Capped(product, member.Inner?.Combinations ?? 1));
            static long Capped(long left, long right) => Math.Min(left * right, 1_000_000);
        }
    }

    /// <summary>Of two members with one name the last counts.</summary>
    public void Set(string key, PatternField field) => _byName[key] = field;

    public void AddAlternatives(PatternNode[] alternatives) => _alternatives.Add(alternatives);

    public bool Matches(EventValue candidate, EventValue root)
    {
        foreach (var field in Fields)
        {
            if (!field.Matches(candidate.Find(field.Name), root))
                return false;
        }

        foreach (var alternatives in _alternatives)
        {
            var any = false;
            foreach (var alternative in alternatives)
            {
                any = alternative.Matches(candidate, root);
                if (any)
                    break;
            }

            if (!any)
                return false;
        }

        return true;
    }

    public IReadOnlyList<string>? OnlyTexts(string member)
    {
        if (_byName.GetValueOrDefault(member) is not { Leaf: { } leaf } || !Array.TrueForAll(leaf, static matcher => matcher.Kind == MatcherKind.Text))
            return null;
        return [.. leaf.Select(static matcher => matcher.Text)];
    }
}

/// <summary>One member of a pattern's object; one of the two is there.</summary>
sealed class PatternField
{
    public required string Name { get; init; }

    public PatternNode? Inner { get; init; }

    public PatternMatcher[]? Leaf { get; init; }

    public bool Matches(EventValue? value, EventValue root) => Inner is { } inner ? MatchesInner(inner, value, root) : MatchesLeaf(Leaf!, value, root);

    /// <summary>What is no object is one without members, so that <c>exists: false</c> inside it holds.</summary>
    static bool MatchesInner(PatternNode inner, EventValue? value, EventValue root)
    {
        switch (value?.Kind)
        {
            case JsonValueKind.Object:
                return inner.Matches(value, root);
            case JsonValueKind.Array when Array.Exists(value.Items, static item => item.Kind is JsonValueKind.Object or JsonValueKind.Array):
                foreach (var item in value.Items)
                {
                    if (item.Kind is JsonValueKind.Object or JsonValueKind.Array && MatchesInner(inner, item, root))
                        return true;
                }

                return false;
            default:
                return inner.Matches(EventValue.Nothing, root);
        }
    }

    static bool MatchesLeaf(PatternMatcher[] leaf, EventValue? value, EventValue root)
    {
        foreach (var matcher in leaf)
        {
            if (matcher.Kind == MatcherKind.Absent ? !root.HasLeaf(matcher.Path) : value is not null && Any(matcher, value))
                return true;
        }

        return false;
    }

    /// <summary>Objects are no leaves, and an empty list has none.</summary>
    static bool Any(PatternMatcher matcher, EventValue value)
    {
        if (value.Kind == JsonValueKind.Object)
            return false;
        if (value.Kind != JsonValueKind.Array)
            return matcher.Matches(value);
        foreach (var item in value.Items)
        {
            if (Any(matcher, item))
                return true;
        }

        return false;
    }
}
