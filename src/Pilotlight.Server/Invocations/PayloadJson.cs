using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Pilotlight.Invocations;

/// <summary>
/// Whether a payload is JSON, and if not, what AWS's parser (Jackson) says of it: letters, line and column (spec/invoke.md 1.1).
/// The check is one pass without allocation; the words are looked for only when it fails.
/// </summary>
static class PayloadJson
{
    const int MaxDepth = 1000;
    const string Source = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); ";
    const string Values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

    /// <summary>Null when the payload is JSON; else the whole message of the InvalidRequestContentException.</summary>
    public static string? Problem(ReadOnlySpan<byte> payload)
    {
        if (IsJson(payload))
            return null;
        var (text, position) = new Scanner(payload).FirstProblem();
        var (line, column) = Location(payload, position);
        return $"Could not parse request body into json: Could not parse payload into json: {text}\n at {Source}line: {line}, column: {column}]";
    }

    static bool IsJson(ReadOnlySpan<byte> payload)
    {
        if (!Utf8.IsValid(payload))
            return false;
        try
        {
            var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static (int Line, int Column) Location(ReadOnlySpan<byte> payload, int position)
    {
        var before = payload[..Math.Min(position, payload.Length)];
        var line = before.Count((byte)'\n') + 1;
        return (line, position - (before.LastIndexOf((byte)'\n') + 1) + 1);
    }

    /// <summary>Walks the text as Jackson's byte parser does, up to the first thing it dislikes.</summary>
    ref struct Scanner(ReadOnlySpan<byte> text)
    {
        readonly ReadOnlySpan<byte> _text = text;
        int _at;
        readonly Stack<(bool Object, int Start)> _open = new();

        /// <summary>A comma, a name or a colon was last: Jackson has other words for an end there.</summary>
        bool _between;

        public (string Text, int Position) FirstProblem()
        {
            var expectValue = true;
            while (true)
            {
                if (expectValue)
                {
                    if (Value() is { } problem)
                        return problem;
                }

                expectValue = _between = false;
                Space();
                if (_open.Count == 0)
                    return _at < _text.Length
                        ? Unexpected($"expected a valid value {Values}")
                        : ("No content to map due to end-of-input", _at);
                if (_at >= _text.Length)
                    return EndOfInput();
                var isObject = _open.Peek().Object;
                var current = _text[_at];
                if (current == (isObject ? (byte)'}' : (byte)']'))
                {
                    _open.Pop();
                    _at++;
                    continue;
                }

                if (current is (byte)'}' or (byte)']')
                    return ($"Unexpected close marker '{(char)current}': expected '{(isObject ? '}' : ']')}' (for {(isObject ? "Object" : "Array")} starting at {Start()})", _at);
                if (current != (byte)',')
                    return Unexpected($"was expecting comma to separate {(isObject ? "Object" : "Array")} entries");
                _at++;
                _between = true;
                if (isObject && Name() is { } badName)
                    return badName;
                expectValue = true;
            }
        }

        (string, int)? Value()
        {
            while (true)
            {
                Space();
                if (_at >= _text.Length)
                    return _open.Count == 0 ? ("No content to map due to end-of-input", _at) : EndOfInput();
                switch (_text[_at])
                {
                    case (byte)'{':
                        if (_open.Count >= MaxDepth)
                            return ($"Document nesting depth ({MaxDepth + 1}) exceeds the maximum allowed ({MaxDepth}, from `StreamReadConstraints.getMaxNestingDepth()`)", _at);
                        _open.Push((true, _at++));
                        _between = false;
                        Space();
                        if (_at < _text.Length && _text[_at] == (byte)'}')
                            return null;
                        if (Name() is { } problem)
                            return problem;
                        continue;
                    case (byte)'[':
                        if (_open.Count >= MaxDepth)
                            return ($"Document nesting depth ({MaxDepth + 1}) exceeds the maximum allowed ({MaxDepth}, from `StreamReadConstraints.getMaxNestingDepth()`)", _at);
                        _open.Push((false, _at++));
                        _between = false;
                        Space();
                        if (_at < _text.Length && _text[_at] == (byte)']')
                            return null;
                        continue;
                    case (byte)'"':
                        return String("string value");
                    case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                        return Number();
                    case (byte)'n':
                        return Word("null");
                    case (byte)'t':
                        return Word("true");
                    case (byte)'f':
                        return Word("false");
                    case (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (byte)'_' or (byte)'$':
                        return Token(_at);
                    default:
                        return Unexpected($"expected a valid value {Values}");
                }
            }
        }

        (string, int)? Name()
        {
            Space();
            if (_at >= _text.Length)
                return EndOfInput();
            if (_text[_at] != (byte)'"')
                return Unexpected("was expecting double-quote to start field name");
            if (String("field name") is { } problem)
                return problem;
            _between = true;
            Space();
            if (_at >= _text.Length)
                return EndOfInput();
            if (_text[_at] != (byte)':')
                return Unexpected("was expecting a colon to separate field name and value");
            _at++;
            return null;
        }

        (string, int)? String(string what)
        {
            _at++;
            while (_at < _text.Length)
            {
                var current = _text[_at];
                if (current == (byte)'"')
                {
                    _at++;
                    return null;
                }

                if (current < 0x20)
                    return ($"Illegal unquoted character ((CTRL-CHAR, code {current})): has to be escaped using backslash to be included in {what}", _at + 1);
                if (current == (byte)'\\')
                {
                    if (_at + 1 >= _text.Length)
                        break;
                    var escaped = _text[_at + 1];
                    if (!"\"\\/bfnrtu"u8.Contains(escaped))
                        return ($"Unrecognized character escape {Describe(escaped)}", _at + 2);
                    if (escaped == (byte)'u')
                    {
                        for (var i = _at + 2; i < _at + 6; i++)
                        {
                            if (i >= _text.Length)
                                return ("Unexpected end-of-input in character escape sequence", _text.Length);
                            if (!char.IsAsciiHexDigit((char)_text[i]))
                                return ($"Unexpected character ({Describe(_text[i])}): expected a hex-digit for character escape sequence", i);
                        }

                        _at += 4;
                    }

                    _at += 2;
                    continue;
                }

                if (current >= 0x80)
                {
                    if (Rune.DecodeFromUtf8(_text[_at..], out _, out var used) != System.Buffers.OperationStatus.Done)
                        return current is >= 0xC2 and <= 0xF4
                            ? ($"Invalid UTF-8 middle byte 0x{(_at + 1 < _text.Length ? _text[_at + 1] : 0):x}", Math.Min(_at + 2, _text.Length))
                            : ($"Invalid UTF-8 start byte 0x{current:x}", _at + 1);
                    _at += used;
                    continue;
                }

                _at++;
            }

            return what == "field name"
                ? ("Unexpected end-of-input in field name", _text.Length)
                : ("Unexpected end-of-input: was expecting closing quote for a string value", _text.Length);
        }

        (string, int)? Number()
        {
            var start = _at;
            if (_text[_at] == (byte)'-')
                _at++;
            if (_at >= _text.Length)
                return ("Unexpected end-of-input in numeric value", _at);
            if (!Digit())
                return ($"Unexpected character ({Describe(_text[_at])}) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value", _at);
            if (_text[_at] == (byte)'0' && _at + 1 < _text.Length && _text[_at + 1] is >= (byte)'0' and <= (byte)'9')
                return ("Invalid numeric value: Leading zeroes not allowed", _at + 2);
            while (Digit())
                _at++;
            if (_at < _text.Length && _text[_at] == (byte)'.')
            {
                _at++;
                if (!Digit())
                    return NoDigit("Decimal point not followed by a digit");
                while (Digit())
                    _at++;
            }

            if (_at < _text.Length && _text[_at] is (byte)'e' or (byte)'E')
            {
                _at++;
                if (_at < _text.Length && _text[_at] is (byte)'+' or (byte)'-')
                    _at++;
                if (!Digit())
                    return NoDigit("Exponent indicator not followed by a digit");
                while (Digit())
                    _at++;
            }

            // A root value must be followed by white space.
            return _open.Count == 0 && _at < _text.Length && _text[_at] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                ? Unexpected("Expected space separating root-level values")
                : null;
        }

        readonly (string, int) NoDigit(string why) => _at < _text.Length
            ? ($"Unexpected character ({Describe(_text[_at])}) in numeric value: {why}", _at)
            : ("Unexpected end-of-input in numeric value", _at);

        readonly bool Digit() => _at < _text.Length && _text[_at] is >= (byte)'0' and <= (byte)'9';

        (string, int)? Word(string word)
        {
            var start = _at;
            for (var i = 0; i < word.Length; i++, _at++)
            {
                if (_at >= _text.Length || _text[_at] != word[i])
                    return Token(start);
            }

            return _at < _text.Length && IsIdentifierPart(_text[_at]) ? Token(start) : null;
        }

        /// <summary>The whole unrecognised word, with the character that ended it consumed, as Jackson does.</summary>
        (string, int) Token(int start)
        {
            var end = Math.Max(start, _at);
            while (end < _text.Length)
            {
                var current = _text[end];
                if (current >= 0x80)
                {
                    if (Rune.DecodeFromUtf8(_text[end..], out var rune, out var used) != System.Buffers.OperationStatus.Done)
                        return ($"Invalid UTF-8 start byte 0x{current:x}", end + 1);
                    if (!Rune.IsLetterOrDigit(rune))
                        break;
                    end += used;
                    continue;
                }

                if (!IsIdentifierPart(current))
                    break;
                end++;
            }

            var word = Encoding.UTF8.GetString(_text[start..end]);
            return ($"Unrecognized token '{word}': was expecting {Values}", end < _text.Length ? end + 1 : end);
        }

        static bool IsIdentifierPart(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'$';

        readonly (string, int) Unexpected(string expectation) => ($"Unexpected character ({Describe(_text[_at])}): {expectation}", _at);

        readonly (string, int) EndOfInput()
        {
            var kind = _open.Peek().Object ? "Object" : "Array";
            return _between
                ? ($"Unexpected end-of-input within/between {kind} entries", _text.Length)
                : ($"Unexpected end-of-input: expected close marker for {kind} (start marker at {Start()})", _text.Length);
        }

        readonly string Start()
        {
            var (line, column) = Location(_text, _open.Peek().Start);
            return $"{Source}line: {line}, column: {column}]";
        }

        static string Describe(byte value) => value is < 0x20 or >= 0x7F
            ? $"(CTRL-CHAR, code {value})"
            : $"'{(char)value}' (code {value})";

        void Space()
        {
            while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                _at++;
        }
    }
}
