using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Logs;

/// <summary>Walks over the text of a filter pattern; every read skips white space first.</summary>
sealed class FilterReader(string text)
{
    /// <summary>More regular expressions in one pattern are refused.</summary>
    const int MaxRegexes = 2;

    /// <summary>Parentheses deeper than this are refused: the parser recurses.</summary>
    const int MaxDepth = 64;

    int _position;
    int _regexes;
    int _depth;

    public bool IsAtEnd
    {
        get
        {
            SkipSpace();
            return _position == text.Length;
        }
    }

    public static AwsException Invalid(string message) => LogsErrors.InvalidParameter(message).AsException();

    public static AwsException Invalid() => Invalid("Invalid filter pattern");

    public static AwsException InvalidTerm(string term) => Invalid($"Invalid character(s) in term '{term}'");

    /// <summary>What stands here is not what a pattern may hold.</summary>
    public AwsException Unexpected() => IsAtEnd ? Invalid() : InvalidTerm(text[_position].ToString());

    public void Enter()
    {
        if (++_depth > MaxDepth)
            throw Invalid();
    }

    public void Leave() => _depth--;

    public bool TryTake(string token)
    {
        SkipSpace();
        if (!text.AsSpan(_position).StartsWith(token, StringComparison.Ordinal))
            return false;
        _position += token.Length;
        return true;
    }

    public bool IsBefore(char character) => !IsAtEnd && text[_position] == character;

    public void Take(string token)
    {
        if (!TryTake(token))
            throw Unexpected();
    }

    /// <summary>A word such as IS or EXISTS, whole.</summary>
    public bool TryTakeKeyword(string keyword)
    {
        SkipSpace();
        var end = _position + keyword.Length;
        if (!text.AsSpan(_position).StartsWith(keyword, StringComparison.Ordinal) || end < text.Length && IsWord(text[end]))
            return false;
        _position = end;
        return true;
    }

    /// <summary>Letters, digits and underscores, at least one.</summary>
    public string ReadWord() => TryReadWhile(IsWord) ?? throw Unexpected();

    public string? TryReadWhile(Func<char, bool> belongs)
    {
        SkipSpace();
        var start = _position;
        while (_position < text.Length && belongs(text[_position]))
            _position++;
        return _position > start ? text[start.._position] : null;
    }

    /// <summary>A phrase in double quotes, in which a backslash protects the next character; null when there is none here.</summary>
    public string? TryReadQuoted()
    {
        SkipSpace();
        if (_position == text.Length || text[_position] != '"')
            return null;
        var phrase = new StringBuilder();
        for (var at = _position + 1; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                _position = at + 1;
                return phrase.ToString();
            }

            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            phrase.Append(text[at]);
        }

        throw Invalid();
    }

    /// <summary>A regular expression in percent signs; null when there is none here.</summary>
    public FilterRegex? TryReadRegex()
    {
        SkipSpace();
        if (_position == text.Length || text[_position] != '%')
            return null;
        var end = text.IndexOf('%', _position + 1);
        if (end < 0 || ++_regexes > MaxRegexes)
            throw Invalid();
        var regex = FilterRegex.Parse(text.AsSpan(_position + 1, end - _position - 1));
        _position = end + 1;
        return regex;
    }

    public static bool IsWord(char character) => char.IsLetterOrDigit(character) || character == '_';

    void SkipSpace()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
            _position++;
    }
}
