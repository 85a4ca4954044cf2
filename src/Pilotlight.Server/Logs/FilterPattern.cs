using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Logs;

/// <summary>
/// CloudWatch's filter patterns: terms (<see cref="TermsPattern"/>), conditions on JSON (<see cref="JsonPattern"/>), and conditions on
/// space-delimited fields (<see cref="FieldsPattern"/>). The empty pattern matches everything.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
/// </summary>
abstract class FilterPattern
{
    /// <exception cref="AwsException">InvalidParameterException: it is no pattern.</exception>
    public static FilterPattern Parse(string text)
    {
        var pattern = text.AsSpan().Trim();
        if (pattern.IsEmpty)
            return new EverythingPattern();
        if (pattern[0] == '{')
            return pattern[^1] == '}' && pattern.Length > 1
                ? JsonPattern.Parse(new FilterReader(pattern[1..^1].ToString()))
                : throw FilterReader.Invalid("If a filter pattern starts with '{' it must end with '}'");
        if (pattern[0] == '[')
            return pattern[^1] == ']' && pattern.Length > 1
                ? FieldsPattern.Parse(new FilterReader(pattern[1..^1].ToString()))
                : throw FilterReader.Invalid("If a filter pattern starts with '[' it must end with ']'");
        return TermsPattern.Parse(new FilterReader(pattern.ToString()));
    }

    /// <summary>Whether a message (UTF-8, perhaps invalid) matches.</summary>
    public abstract bool Matches(ReadOnlySpan<byte> message);

    sealed class EverythingPattern : FilterPattern
    {
        public override bool Matches(ReadOnlySpan<byte> message) => true;
    }
}

/// <summary><c>ERROR</c>, <c>"two words"</c>, <c>-not</c>, <c>?one ?other</c>, <c>%regex%</c>. Terms match anywhere in the message, case counts.</summary>
sealed class TermsPattern : FilterPattern
{
    readonly List<Term> _required = [];
    readonly List<Term> _excluded = [];
    readonly List<Term> _optional = [];

    public static TermsPattern Parse(FilterReader reader)
    {
        var pattern = new TermsPattern();
        while (!reader.IsAtEnd)
        {
            var terms = reader.TryTake("-") ? pattern._excluded : reader.TryTake("?") ? pattern._optional : pattern._required;
            terms.Add(ReadTerm(reader));
        }

        // AWS ignores the optional terms when there are others.
        if (pattern._required.Count + pattern._excluded.Count > 0)
            pattern._optional.Clear();
        return pattern;
    }

    public override bool Matches(ReadOnlySpan<byte> message)
    {
        foreach (var term in _excluded)
        {
            if (term.IsIn(message))
                return false;
        }

        foreach (var term in _required)
        {
            if (!term.IsIn(message))
                return false;
        }

        foreach (var term in _optional)
        {
            if (term.IsIn(message))
                return true;
        }

        return _optional.Count == 0;
    }

    static Term ReadTerm(FilterReader reader)
    {
        if (reader.TryReadRegex() is { } regex)
            return new Term([], regex);
        if (reader.TryReadQuoted() is { } phrase)
            return phrase.Length > 0 ? new Term(Encoding.UTF8.GetBytes(phrase), null) : throw FilterReader.InvalidTerm("\"\"");
        return new Term(Encoding.UTF8.GetBytes(reader.ReadWord()), null);
    }

    readonly record struct Term(byte[] Bytes, FilterRegex? Regex)
    {
        public bool IsIn(ReadOnlySpan<byte> message) => Regex?.IsMatch(message) ?? message.IndexOf(Bytes) >= 0;
    }
}
