namespace Pilotlight.Iam;

/// <summary>What a condition compares, without its negation, its set prefix and <c>IfExists</c>.</summary>
enum Comparison
{
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    NumericEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    ArnLike,
    Null,
}

/// <summary>How a list of request values is held against the policy's.</summary>
enum SetQualifier
{
    None,

    /// <summary>Every value of the request; true of a key that is missing or empty.</summary>
    ForAllValues,

    /// <summary>At least one value of the request.</summary>
    ForAnyValue,
}

/// <summary>An operator as a policy writes it, such as <c>ForAllValues:StringNotLikeIfExists</c>, taken apart.</summary>
readonly record struct ConditionOperator(Comparison Comparison, Polarity Polarity, SetQualifier Set, Absence Absence)
{
    static readonly Dictionary<string, (Comparison, Polarity)> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["StringEquals"] = (Comparison.StringEquals, Polarity.Positive),
        ["StringNotEquals"] = (Comparison.StringEquals, Polarity.Negated),
        ["StringEqualsIgnoreCase"] = (Comparison.StringEqualsIgnoreCase, Polarity.Positive),
        ["StringNotEqualsIgnoreCase"] = (Comparison.StringEqualsIgnoreCase, Polarity.Negated),
        ["StringLike"] = (Comparison.StringLike, Polarity.Positive),
        ["StringNotLike"] = (Comparison.StringLike, Polarity.Negated),
        ["NumericEquals"] = (Comparison.NumericEquals, Polarity.Positive),
        ["NumericNotEquals"] = (Comparison.NumericEquals, Polarity.Negated),
        ["NumericLessThan"] = (Comparison.NumericLessThan, Polarity.Positive),
        ["NumericLessThanEquals"] = (Comparison.NumericLessThanEquals, Polarity.Positive),
        ["NumericGreaterThan"] = (Comparison.NumericGreaterThan, Polarity.Positive),
        ["NumericGreaterThanEquals"] = (Comparison.NumericGreaterThanEquals, Polarity.Positive),
        ["DateEquals"] = (Comparison.DateEquals, Polarity.Positive),
        ["DateNotEquals"] = (Comparison.DateEquals, Polarity.Negated),
        ["DateLessThan"] = (Comparison.DateLessThan, Polarity.Positive),
        ["DateLessThanEquals"] = (Comparison.DateLessThanEquals, Polarity.Positive),
        ["DateGreaterThan"] = (Comparison.DateGreaterThan, Polarity.Positive),
        ["DateGreaterThanEquals"] = (Comparison.DateGreaterThanEquals, Polarity.Positive),
        ["Bool"] = (Comparison.Bool, Polarity.Positive),
        ["BinaryEquals"] = (Comparison.BinaryEquals, Polarity.Positive),
        ["IpAddress"] = (Comparison.IpAddress, Polarity.Positive),
        ["NotIpAddress"] = (Comparison.IpAddress, Polarity.Negated),
        ["ArnEquals"] = (Comparison.ArnLike, Polarity.Positive),
        ["ArnNotEquals"] = (Comparison.ArnLike, Polarity.Negated),
        ["ArnLike"] = (Comparison.ArnLike, Polarity.Positive),
        ["ArnNotLike"] = (Comparison.ArnLike, Polarity.Negated),
        ["Null"] = (Comparison.Null, Polarity.Positive),
    };

    /// <summary>Null: there is no such operator.</summary>
    public static ConditionOperator? TryParse(ReadOnlySpan<char> name)
    {
        var set = SetQualifier.None;
        if (name.StartsWith("ForAllValues:", StringComparison.OrdinalIgnoreCase))
            set = SetQualifier.ForAllValues;
        else if (name.StartsWith("ForAnyValue:", StringComparison.OrdinalIgnoreCase))
            set = SetQualifier.ForAnyValue;
        if (set != SetQualifier.None)
            name = name[(name.IndexOf(':') + 1)..];

        var absence = name.EndsWith("IfExists", StringComparison.OrdinalIgnoreCase) ? Absence.Passes : Absence.Fails;
        if (absence == Absence.Passes)
            name = name[..^"IfExists".Length];
        if (!s_names.TryGetValue(name.ToString(), out var found))
            return null;
        var (comparison, polarity) = found;
        // Whether a key is there cannot depend on whether it is there.
        if (comparison == Comparison.Null && (absence == Absence.Passes || set != SetQualifier.None))
            return null;
        return new ConditionOperator(comparison, polarity, set, absence);
    }
}

enum Polarity
{
    Positive,

    /// <summary>None of the policy's values may fit; true of a missing key.</summary>
    Negated,
}

/// <summary>What a missing key means, besides what the polarity makes of it.</summary>
enum Absence
{
    Fails,

    /// <summary><c>IfExists</c>.</summary>
    Passes,
}
