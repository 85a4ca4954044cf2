using System.Net;
using System.Text.Json;

namespace Pilotlight.Patterns;

enum MatcherKind
{
    Text,
    Number,
    True,
    False,
    Null,
    Present,
    Absent,
    Prefix,
    PrefixIgnoringCase,
    Suffix,
    SuffixIgnoringCase,
    EqualsIgnoringCase,
    Wildcard,
    Range,
    Network,
    AnythingBut,
}

/// <summary>What may stand at one place of an event: a value, or an operator. Nothing in it changes.</summary>
sealed class PatternMatcher
{
    /// <summary>Beyond these AWS compares no numbers.</summary>
    public const double Limit = 5_000_000_000;

    public required MatcherKind Kind { get; init; }

    /// <summary>The string, or the number as it was written.</summary>
    public string Text { get; init; } = "";

    public double Number { get; init; }

    /// <summary>Of <see cref="MatcherKind.Absent"/>: where nothing may be, from the root of the event.</summary>
    public string[] Path { get; init; } = [];

    public NumericRange Range { get; init; }

    public IPNetwork Network { get; init; }

    public WildcardText? Wildcard { get; init; }

    /// <summary>Of <see cref="MatcherKind.AnythingBut"/>.</summary>
    public PatternMatcher[] Refused { get; init; } = [];

    /// <param name="value">A leaf: no object, no list.</param>
    public bool Matches(EventValue value) => Kind switch
    {
        MatcherKind.Text => value.Kind == JsonValueKind.String && value.Text == Text,
        MatcherKind.Number => value.Kind == JsonValueKind.Number && (value.Number == Number || value.Text == Text),
        MatcherKind.True => value.Kind == JsonValueKind.True,
        MatcherKind.False => value.Kind == JsonValueKind.False,
        MatcherKind.Null => value.Kind == JsonValueKind.Null,
        MatcherKind.Present => true,
        MatcherKind.Range => value.Kind == JsonValueKind.Number && Math.Abs(value.Number) <= Limit && Range.Contains(value.Number),
        MatcherKind.AnythingBut => !IsRefused(value),
        _ => value.Kind == JsonValueKind.String && MatchesText(value.Text),
    };

    bool IsRefused(EventValue value)
    {
        foreach (var refused in Refused)
        {
            if (refused.Matches(value))
                return true;
        }

        return false;
    }

    bool MatchesText(string text) => Kind switch
    {
        MatcherKind.Prefix => text.StartsWith(Text, StringComparison.Ordinal),
        MatcherKind.PrefixIgnoringCase => text.StartsWith(Text, StringComparison.OrdinalIgnoreCase),
        MatcherKind.Suffix => text.EndsWith(Text, StringComparison.Ordinal),
        MatcherKind.SuffixIgnoringCase => text.EndsWith(Text, StringComparison.OrdinalIgnoreCase),
        MatcherKind.EqualsIgnoringCase => string.Equals(text, Text, StringComparison.OrdinalIgnoreCase),
        MatcherKind.Wildcard => Wildcard!.Matches(text),
        MatcherKind.Network => text.Length <= 64 && IPAddress.TryParse(text, out var address) && address.AddressFamily == Network.BaseAddress.AddressFamily && Network.Contains(address),
        _ => false,
    };
}

/// <summary>Bounds of <c>numeric</c>.</summary>
readonly record struct NumericRange(double Low, bool WithLow, double High, bool WithHigh)
{
    public bool Contains(double value) => (WithLow ? value >= Low : value > Low) && (WithHigh ? value <= High : value < High);
}

/// <summary>
/// Texts between stars. The first and the last are anchored; each of the others is taken where it is found first, which is enough,
/// so that a match never goes back.
/// </summary>
sealed class WildcardText(string[] parts)
{
    public bool Matches(string text)
    {
        if (parts is [var only])
            return text == only;
        if (text.Length < parts[0].Length + parts[^1].Length || !text.StartsWith(parts[0], StringComparison.Ordinal) || !text.EndsWith(parts[^1], StringComparison.Ordinal))
            return false;
        var rest = text.AsSpan(parts[0].Length, text.Length - parts[0].Length - parts[^1].Length);
        foreach (var part in parts.AsSpan(1, parts.Length - 2))
        {
            var at = rest.IndexOf(part, StringComparison.Ordinal);
            if (at < 0)
                return false;
            rest = rest[(at + part.Length)..];
        }

        return true;
    }
}
