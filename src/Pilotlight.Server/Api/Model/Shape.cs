using System.Text.RegularExpressions;

namespace Pilotlight.Api;

/// <summary>What the AWS model says of a value: its type and its bounds. Plain data; <see cref="ModelCheck"/> reads it.</summary>
public abstract record Shape
{
    /// <summary>AWS never repeats such a value in an error: <c>Value at 'environment.variables' failed …</c>.</summary>
    public bool Sensitive { get; init; }
}

public sealed record StringShape : Shape
{
    static readonly TimeSpan MatchLimit = TimeSpan.FromMilliseconds(200);

    public int? Min { get; init; }
    public int? Max { get; init; }

    /// <summary>As AWS prints it in errors. It must match the whole string.</summary>
    public string? Pattern { get; init; }

    /// <summary>In the order in which AWS lists them, which is seldom alphabetical.</summary>
    public IReadOnlyList<string>? Enum { get; init; }

    /// <summary>Values that AWS takes too, but leaves out when it lists <see cref="Enum"/> in an error.</summary>
    public IReadOnlyList<string> Unlisted { get; init; } = [];

    /// <summary>A name that breaks its pattern is not also reported as too long (every operation but CreateFunction).</summary>
    public bool PatternHidesLength { get; init; }

    /// <summary>Compiled at first use. Hostile input meets it, so it cannot backtrack, or (lookarounds) not for long.</summary>
    Regex Expression => field ??= Compile(Pattern!);

    public bool IsInEnum(string text) => Enum is null || Enum.Contains(text) || Unlisted.Contains(text);

    public bool Matches(string text)
    {
        if (Pattern is null)
            return true;
        try
        {
            return Expression.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    static Regex Compile(string pattern)
    {
        // Java's \d, \w and \s mean ASCII; .NET's don't. Java takes an escape that needs none.
        var text = pattern.Replace(@"[^\s]", @"[^ \t\n\v\f\r]").Replace(@"[\d]", "[0-9]").Replace(@"\d", "[0-9]").Replace(@"[\w", "[a-zA-Z_0-9")
            .Replace(@"\_", "_");
        var looksAround = pattern.Contains("(?!") || pattern.Contains("(?<!");
        var options = RegexOptions.CultureInvariant | (looksAround ? RegexOptions.None : RegexOptions.NonBacktracking);
        return new Regex(@"\A(?:" + text + @")\z", options, MatchLimit);
    }
}

public enum NumberKind
{
    Integer,
    Long,
    Double,
}

public sealed record NumberShape : Shape
{
    public NumberKind Kind { get; init; }
    public double? Min { get; init; }
    public double? Max { get; init; }
}

public sealed record BooleanShape : Shape;

/// <summary>Base64 text in JSON. Lengths are of the bytes.</summary>
public sealed record BlobShape : Shape;

/// <summary>Seconds since 1970, a JSON number that may have a fraction.</summary>
public sealed record TimestampShape : Shape;

public sealed record ListShape(Shape Element) : Shape
{
    public int? Min { get; init; }
    public int? Max { get; init; }

    /// <summary>How AWS says that an element is not as it must be.</summary>
    public ListWording Wording { get; init; }
}

public enum ListWording
{
    /// <summary><c>Member must satisfy constraint: [CONSTRAINTS, Member must not be null]</c></summary>
    Usual,

    /// <summary><c>Member must satisfy constraint: [CONSTRAINTS]</c></summary>
    WithoutNotNull,

    /// <summary><c>CONSTRAINTS</c></summary>
    Bare,
}

public sealed record MapShape(StringShape Key, Shape Value) : Shape
{
    public int? Min { get; init; }
    public int? Max { get; init; }
}

/// <param name="Name">AWS's name of the type, as errors print it: <c>OnSuccess(destination=…)</c>.</param>
public sealed record StructureShape(string Name, params IReadOnlyList<ModelMember> Members) : Shape;
