using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pilotlight.Iam;

/// <summary>One key of one operator of a Condition element: <c>"StringLike": {"aws:PrincipalTag/team": ["a*", "b"]}</c>.</summary>
public sealed class ConditionTest
{
    readonly ConditionOperator _operator;
    readonly Operand[] _operands;

    internal ConditionTest(string operatorName, ConditionOperator parsed, string key, IReadOnlyList<string> values, VariableUse variables)
    {
        OperatorName = operatorName;
        Key = key;
        Values = values;
        _operator = parsed;
        _operands = [.. values.Select(value => Operand.Of(parsed.Comparison, value, variables))];
    }

    /// <summary>As the policy writes it.</summary>
    public string OperatorName { get; }

    public string Key { get; }

    public IReadOnlyList<string> Values { get; }

    /// <summary>The key, and the keys of variables in the values.</summary>
    public IEnumerable<string> Keys => [Key, .. _operands.Where(operand => operand.Text is not null).SelectMany(operand => operand.Text!.VariableKeys)];

    internal bool Passes(ref Evaluation evaluation)
    {
        evaluation.Work++;
        var actual = evaluation.Find(Key);
        if (!actual.Exist)
            evaluation.Missed(Key);
        if (_operator.Comparison == Comparison.Null)
            return HasOperand(actual.Exist ? "false" : "true", ref evaluation);
        if (!actual.Exist)
            return PassesWithoutKey;
        switch (_operator.Set)
        {
            case SetQualifier.ForAllValues:
                for (var index = 0; index < actual.Count; index++)
                {
                    if (!PassesOne(actual[index], ref evaluation))
                        return false;
                }

                return true;
            case SetQualifier.ForAnyValue:
                for (var index = 0; index < actual.Count; index++)
                {
                    if (PassesOne(actual[index], ref evaluation))
                        return true;
                }

                return false;
            default:
                // A list can be tested with a set operator only: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
                return !actual.IsList && PassesOne(actual[0], ref evaluation);
        }
    }

    bool PassesWithoutKey => _operator switch
    {
        { Absence: Absence.Passes } => true,
        { Set: SetQualifier.ForAllValues } => true,
        { Set: SetQualifier.ForAnyValue } => false,
        _ => _operator.Polarity == Polarity.Negated,
    };

    bool PassesOne(string value, ref Evaluation evaluation)
    {
        var matched = false;
        foreach (var operand in _operands)
        {
            evaluation.Work++;
            switch (operand.Matches(_operator.Comparison, value, ref evaluation))
            {
                case Match.Yes:
                    matched = true;
                    break;
                case Match.Unresolved when _operator.Polarity == Polarity.Negated:
                    // A value that says nothing makes the statement apply to nobody, negated or not. So do variables without a value:
                    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html (requests without information).
                    return false;
            }
        }

        return matched == (_operator.Polarity == Polarity.Positive);
    }

    bool HasOperand(string value, ref Evaluation evaluation)
    {
        foreach (var operand in _operands)
        {
            evaluation.Work++;
            if (operand.Source.Equals(value, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    enum Match
    {
        No,
        Yes,
        Unresolved,
    }

    /// <summary>A value of the policy, read once as what its operator compares.</summary>
    sealed class Operand
    {
        public required string Source { get; init; }

        public Pattern? Text { get; init; }

        decimal? Number { get; init; }

        DateTimeOffset? Date { get; init; }

        AddressRange? Range { get; init; }

        byte[]? Bytes { get; init; }

        public static Operand Of(Comparison comparison, string value, VariableUse variables) => comparison switch
        {
            Comparison.StringEquals or Comparison.StringEqualsIgnoreCase => new Operand { Source = value, Text = Pattern.Plain(value, variables) },
            Comparison.StringLike or Comparison.ArnLike => new Operand { Source = value, Text = Pattern.WithWildcards(value, variables) },
            >= Comparison.NumericEquals and <= Comparison.NumericGreaterThanEquals => new Operand { Source = value, Number = ReadNumber(value) },
            >= Comparison.DateEquals and <= Comparison.DateGreaterThanEquals => new Operand { Source = value, Date = ReadDate(value) },
            Comparison.IpAddress => new Operand { Source = value, Range = AddressRange.TryParse(value) },
            Comparison.BinaryEquals => new Operand { Source = value, Bytes = ReadBytes(value) },
            _ => new Operand { Source = value },
        };

        public Match Matches(Comparison comparison, string value, ref Evaluation evaluation)
        {
            string? pattern = null;
            if (!IsReadable(comparison) || (Text is not null && !Text.TryResolve(ref evaluation, out pattern)))
                return Match.Unresolved;
            return Compare(comparison, pattern, value, ref evaluation) ? Match.Yes : Match.No;
        }

        bool IsReadable(Comparison comparison) => comparison switch
        {
            Comparison.ArnLike => Arn.IsWellFormed(Source),
            >= Comparison.NumericEquals and <= Comparison.NumericGreaterThanEquals => Number is not null,
            >= Comparison.DateEquals and <= Comparison.DateGreaterThanEquals => Date is not null,
            Comparison.IpAddress => Range is not null,
            Comparison.BinaryEquals => Bytes is not null,
            _ => true,
        };

        bool Compare(Comparison comparison, string? pattern, string value, ref Evaluation evaluation) => comparison switch
        {
            Comparison.StringEquals => string.Equals(pattern, value, StringComparison.Ordinal),
            Comparison.StringEqualsIgnoreCase => string.Equals(pattern, value, StringComparison.OrdinalIgnoreCase),
            Comparison.StringLike => Glob.Matches(pattern, value, ref evaluation.Work),
            Comparison.ArnLike => ArnGlob.MatchesSegments(pattern, value, ref evaluation.Work),
            Comparison.NumericEquals => ReadNumber(value) is { } number && number == Number,
            Comparison.NumericLessThan => ReadNumber(value) < Number,
            Comparison.NumericLessThanEquals => ReadNumber(value) <= Number,
            Comparison.NumericGreaterThan => ReadNumber(value) > Number,
            Comparison.NumericGreaterThanEquals => ReadNumber(value) >= Number,
            Comparison.DateEquals => ReadDate(value) is { } date && date == Date,
            Comparison.DateLessThan => ReadDate(value) < Date,
            Comparison.DateLessThanEquals => ReadDate(value) <= Date,
            Comparison.DateGreaterThan => ReadDate(value) > Date,
            Comparison.DateGreaterThanEquals => ReadDate(value) >= Date,
            Comparison.Bool => bool.TryParse(Source, out var expected) && bool.TryParse(value, out var actual) && expected == actual,
            Comparison.IpAddress => Range is { } range && range.Contains(value),
            Comparison.BinaryEquals => Bytes is not null && ReadBytes(value) is { } bytes && bytes.AsSpan().SequenceEqual(Bytes),
            _ => false,
        };
    }

    const NumberStyles Numbers = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    static decimal? ReadNumber(string value) => decimal.TryParse(value, Numbers, CultureInfo.InvariantCulture, out var number) ? number : null;

    static readonly string[] s_dates =
    [
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HHK", "yyyy-MM-dd", "yyyy-MM", "yyyy",
    ];

    /// <summary>The W3C's forms of ISO 8601, or seconds since 1970.</summary>
    internal static DateTimeOffset? ReadDate(string value)
    {
        // Four digits are a year; no clock of a request says 1970.
        if (value.Length != 4 && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            return seconds is >= -62135596800 and <= 253402300799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        const DateTimeStyles styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(value, s_dates, CultureInfo.InvariantCulture, styles, out var date) ? date : null;
    }

    static byte[]? ReadBytes(string value)
    {
        var bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value, bytes, out var written) ? bytes[..written] : null;
    }
}

/// <summary>An address, or a block of them: <c>203.0.113.0/24</c>, <c>2001:db8::/32</c>.</summary>
readonly record struct AddressRange(UInt128 Network, UInt128 Mask, AddressFamily Family)
{
    public static AddressRange? TryParse(string text)
    {
        var slash = text.IndexOf('/');
        var address = slash < 0 ? text.AsSpan() : text.AsSpan(0, slash);
        if (Read(address) is not { } read)
            return null;
        var bits = read.Family == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = bits;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > bits))
            return null;
        var mask = prefix == 0 ? UInt128.Zero : UInt128.MaxValue << (bits - prefix);
        return new AddressRange(read.Value & mask, mask, read.Family);
    }

    public bool Contains(string text) => Read(text) is { } read && read.Family == Family && (read.Value & Mask) == Network;

    static (UInt128 Value, AddressFamily Family)? Read(ReadOnlySpan<char> text)
    {
        // .NET reads "1" and "0x7f.1" as addresses; a policy means four numbers.
        var isFour = text.Count('.') == 3 && !text.Contains(':') && !text.Contains('x') && !text.Contains('X');
        if ((!isFour && !text.Contains(':')) || text.Contains('%') || !IPAddress.TryParse(text, out var address))
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var written))
            return null;
        UInt128 value = 0;
        foreach (var part in bytes[..written])
            value = value << 8 | part;
        return (value, address.AddressFamily);
    }
}
