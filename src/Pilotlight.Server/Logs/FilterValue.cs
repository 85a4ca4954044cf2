using System.Globalization;

namespace Pilotlight.Logs;

enum FilterOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>The right side of a comparison: a text with a star at its ends, a number, or a regular expression.</summary>
sealed class FilterValue
{
    readonly string _text;
    readonly bool _isOpenBefore;
    readonly bool _isOpenAfter;
    readonly double? _number;
    readonly FilterRegex? _regex;

    FilterValue(string text, double? number, FilterRegex? regex)
    {
        (_number, _regex) = (number, regex);
        _isOpenBefore = text.StartsWith('*');
        _isOpenAfter = text.Length > (_isOpenBefore ? 1 : 0) && text.EndsWith('*');
        _text = text[(_isOpenBefore ? 1 : 0)..^(_isOpenAfter ? 1 : 0)];
    }

    public static FilterValue Read(FilterReader reader)
    {
        if (reader.TryReadRegex() is { } regex)
            return new FilterValue("", null, regex);
        if (reader.TryReadQuoted() is { } quoted)
            return new FilterValue(quoted, null, null);
        var word = reader.TryReadWhile(static c => FilterReader.IsWord(c) || c is '*' or '.' or '-' or '+') ?? throw reader.Unexpected();
        return new FilterValue(word, TryParse(word), null);
    }

    public static FilterOperator ReadOperator(FilterReader reader)
    {
        if (reader.TryTake("!=") || reader.TryTake("=!"))
            return FilterOperator.NotEqual;
        if (reader.TryTake("<="))
            return FilterOperator.LessOrEqual;
        if (reader.TryTake(">="))
            return FilterOperator.GreaterOrEqual;
        if (reader.TryTake("<"))
            return FilterOperator.Less;
        if (reader.TryTake(">"))
            return FilterOperator.Greater;
        if (reader.TryTake("="))
            return FilterOperator.Equal;
        throw reader.Unexpected();
    }

    /// <summary>Only numbers have a size.</summary>
    public bool CanOrder => _number is not null;

    public bool Matches(FilterOperator @operator, string text)
    {
        var number = _number is null ? null : TryParse(text);
        return @operator switch
        {
            FilterOperator.Equal => number is null ? IsEqual(text) : number == _number,
            FilterOperator.NotEqual => !(number is null ? IsEqual(text) : number == _number),
            FilterOperator.Less => number < _number,
            FilterOperator.LessOrEqual => number <= _number,
            FilterOperator.Greater => number > _number,
            _ => number >= _number,
        };
    }

    bool IsEqual(string text)
    {
        if (_regex is not null)
            return _regex.IsMatch(text);
        return (_isOpenBefore, _isOpenAfter) switch
        {
            (false, false) => text == _text,
            (false, true) => text.StartsWith(_text, StringComparison.Ordinal),
            (true, false) => text.EndsWith(_text, StringComparison.Ordinal),
            _ => text.Contains(_text, StringComparison.Ordinal),
        };
    }

    static double? TryParse(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
