using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Patterns;

/// <summary>
/// Reads the text of a pattern and says what is wrong with it in AWS's words. AWS adds where its parser stood (Jackson's): after the
/// token, or after the opening quote of a string that it had not looked at yet.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html</remarks>
ref struct PatternReader
{
    const int MaxDepth = 64;
    const int MaxCombinations = 1000;

    static readonly string[] s_operators =
        ["exists", "numeric", "prefix", "suffix", "equals-ignore-case", "anything-but", "wildcard", "cidr"];

    readonly string _text;
    readonly PatternDialect _dialect;
    readonly byte[] _utf8;
    readonly List<string> _path = [];
    Utf8JsonReader _json;

    PatternReader(string text, PatternDialect dialect)
    {
        _text = text;
        _dialect = dialect;
        _utf8 = Encoding.UTF8.GetBytes(text);
        _json = new Utf8JsonReader(_utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <exception cref="PatternException"/>
    public static PatternNode Read(string text, PatternDialect dialect)
    {
        var reader = new PatternReader(text, dialect);
        try
        {
            return reader.Whole();
        }
        catch (JsonException)
        {
            throw new PatternException(JsonFault.Describe(text, reader._utf8, reader._json.BytesConsumed, reader._json.TokenType, reader._json.CurrentDepth));
        }
        catch (InvalidOperationException)
        {
            // A string with half a surrogate pair.
            throw new PatternException("Invalid Unicode in a string");
        }
    }

    PatternNode Whole()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
            throw Fault("Filter is not an object");
        var root = Object();
        while (_json.Read())
        {
        }

        return root.Combinations > MaxCombinations
            ? throw new PatternException("Rule is too complex - the alternatives of $or make more than 1000 combinations")
            : root;
    }

    PatternNode Object()
    {
        var node = new PatternNode();
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var name = _json.GetString()!;
            _json.Read();
            var alternatives = name == "$or" && _json.TokenType == JsonTokenType.StartArray && IsOr();
            if (alternatives)
                node.AddAlternatives(Alternatives());
            else
                Member(node, name);
        }

        return node.IsEmpty ? throw Fault("Empty objects are not allowed") : node;
    }

    void Member(PatternNode node, string name)
    {
        // A name with dots stands for nesting.
        var segments = name.Split('.');
        _path.AddRange(segments);
        PatternField field;
        switch (_json.TokenType)
        {
            case JsonTokenType.StartObject:
                field = new PatternField { Name = segments[^1], Inner = Object() };
                break;
            case JsonTokenType.StartArray:
                field = new PatternField { Name = segments[^1], Leaf = Leaf() };
                break;
            default:
                throw Fault($"\"{name}\" must be an object or an array");
        }

        _path.RemoveRange(_path.Count - segments.Length, segments.Length);
        for (var at = segments.Length - 2; at >= 0; at--)
        {
            var inner = new PatternNode();
            inner.Set(field.Name, field);
            field = new PatternField { Name = segments[at], Inner = inner };
        }

        node.Set(name, field);
    }

    /// <summary>A <c>$or</c> is one when it lists two objects or more, none of which names an operator; else it is a field like others.</summary>
    readonly bool IsOr()
    {
        var ahead = _json;
        var (depth, objects) = (ahead.CurrentDepth, 0);
        while (ahead.Read() && ahead.CurrentDepth > depth)
        {
            if (ahead.CurrentDepth == depth + 1 && ahead.TokenType == JsonTokenType.StartObject)
                objects++;
            else if (ahead.CurrentDepth == depth + 1 && ahead.TokenType != JsonTokenType.EndObject)
                return false;
            else if (ahead.CurrentDepth == depth + 2 && ahead.TokenType == JsonTokenType.PropertyName && s_operators.Contains(ahead.GetString()))
                return false;
        }

        return objects >= 2;
    }

    PatternNode[] Alternatives()
    {
        var alternatives = new List<PatternNode>();
        while (_json.Read() && _json.TokenType == JsonTokenType.StartObject)
            alternatives.Add(Object());
        return [.. alternatives];
    }

    PatternMatcher[] Leaf()
    {
        var leaf = new List<PatternMatcher>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            leaf.Add(_json.TokenType switch
            {
                JsonTokenType.StartObject => Operator(),
                JsonTokenType.StartArray => throw Fault("Match value must be String, number, true, false, or null"),
                _ => Value(),
            });
        return leaf.Count == 0 ? throw Fault("Empty arrays are not allowed") : [.. leaf];
    }

    readonly PatternMatcher Value() => _json.TokenType switch
    {
        JsonTokenType.String => new PatternMatcher { Kind = MatcherKind.Text, Text = _json.GetString()! },
        JsonTokenType.Number => new PatternMatcher { Kind = MatcherKind.Number, Text = Encoding.UTF8.GetString(_json.ValueSpan), Number = NumberHere() },
        JsonTokenType.True => new PatternMatcher { Kind = MatcherKind.True },
        JsonTokenType.False => new PatternMatcher { Kind = MatcherKind.False },
        _ => new PatternMatcher { Kind = MatcherKind.Null },
    };

    readonly double NumberHere() => _json.TryGetDouble(out var number) ? number : double.NaN;

    PatternMatcher Operator()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.PropertyName)
            throw Fault("Match expression name not found");
        var name = _json.GetString()!;
        _json.Read();
        if (_dialect == PatternDialect.Mappings && name == "wildcard")
            throw Fault($"Unrecognized match type {name}");
        var matcher = name switch
        {
            "exists" => Exists(),
            "numeric" => Numeric(),
            "prefix" => Affix(name, MatcherKind.Prefix, MatcherKind.PrefixIgnoringCase),
            "suffix" => Affix(name, MatcherKind.Suffix, MatcherKind.SuffixIgnoringCase),
            "equals-ignore-case" => new PatternMatcher { Kind = MatcherKind.EqualsIgnoringCase, Text = Text("equals-ignore-case match pattern must be a string") },
            "wildcard" => Wildcard(),
            "cidr" => Cidr(),
            "anything-but" => AnythingBut(),
            _ => throw Fault($"Unrecognized match type {name}"),
        };
        EndOfExpression();
        return matcher;
    }

    void EndOfExpression()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.EndObject)
            throw Fault("Only one key allowed in match expression");
    }

    readonly string Text(string otherwise) => _json.TokenType == JsonTokenType.String ? _json.GetString()! : throw Fault(otherwise);

    readonly PatternMatcher Exists() => _json.TokenType switch
    {
        JsonTokenType.True => new PatternMatcher { Kind = MatcherKind.Present },
        JsonTokenType.False => new PatternMatcher { Kind = MatcherKind.Absent, Path = [.. _path] },
        _ => throw Fault("exists match pattern must be either true or false."),
    };

    PatternMatcher Affix(string name, MatcherKind exact, MatcherKind ignoringCase)
    {
        if (_json.TokenType != JsonTokenType.StartObject)
            return new PatternMatcher { Kind = exact, Text = Text($"{name} match pattern must be a string") };
        _json.Read();
        if (_json.TokenType != JsonTokenType.PropertyName || _json.GetString() is not "equals-ignore-case")
            throw Fault($"{name} match pattern must be a string");
        _json.Read();
        var matcher = new PatternMatcher { Kind = ignoringCase, Text = Text("equals-ignore-case match pattern must be a string") };
        EndOfExpression();
        return matcher;
    }

    readonly PatternMatcher Wildcard()
    {
        var text = Text("wildcard match pattern must be a string");
        var parts = new List<string>();
        var part = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                if (at + 1 >= text.Length || text[at + 1] is not ('*' or '\\'))
                    throw Fault($"Invalid escape character at pos {at}", textWasRead: true);
                part.Append(text[++at]);
            }
            else if (text[at] != '*')
                part.Append(text[at]);
            else if (at + 1 < text.Length && text[at + 1] == '*')
                throw Fault($"Consecutive wildcard characters at pos {at + 1}", textWasRead: true);
            else
            {
                parts.Add(part.ToString());
                part.Clear();
            }
        }

        parts.Add(part.ToString());
        if (WildcardComplexity.IsTooComplex(parts))
            throw new PatternException("Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character");
        return new PatternMatcher { Kind = MatcherKind.Wildcard, Text = text, Wildcard = new WildcardText([.. parts]) };
    }

    readonly PatternMatcher Cidr()
    {
        // AWS's own words, though it is no prefix.
        var text = Text("prefix match pattern must be a string");
        var parts = text.Split('/');
        if (parts.Length != 2)
            throw new PatternException("Malformed CIDR, one '/' required");
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bits))
            throw new PatternException("Malformed CIDR, mask bits must be an integer");
        if (!IPAddress.TryParse(parts[0], out var address) || (!parts[0].Contains(':') && parts[0].Count(letter => letter == '.') != 3))
            throw new PatternException($"Nonstandard IP address: {parts[0]}");
        var most = address.GetAddressBytes().Length * 8;
        if (bits > most)
            throw new PatternException($"IP address mask bits must be between 0 and {most}");
        return new PatternMatcher { Kind = MatcherKind.Network, Text = text, Network = new IPNetwork(Masked(address, bits), bits) };
    }

    static IPAddress Masked(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var at = 0; at < bytes.Length; at++)
            bytes[at] &= (byte)(0xFF00 >> Math.Clamp(bits - (at * 8), 0, 8));
        return new IPAddress(bytes);
    }

    PatternMatcher Numeric()
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            throw Fault("Value of numeric must be an array.");
        _json.Read();
        if (_json.TokenType != JsonTokenType.String)
            throw Fault($"Invalid member in numeric match: {Raw()}");
        var sign = _json.GetString()!;
        _json.Read();
        var first = Bound(sign == "=" ? "Value of equals must be numeric" : $"Value of {sign} must be numeric");
        _json.Read();
        if (sign == "=")
            return _json.TokenType == JsonTokenType.EndArray ? Within(first, true, first, true) : throw Fault("Too many elements in numeric expression");
        switch (sign)
        {
            case "<" or "<=":
                return _json.TokenType == JsonTokenType.EndArray
                    ? Within(double.NegativeInfinity, true, first, sign == "<=")
                    : throw Fault("Too many terms in numeric range expression");
            case ">" or ">=":
                return _json.TokenType == JsonTokenType.EndArray
                    ? Within(first, sign == ">=", double.PositiveInfinity, true)
                    : Upper(first, sign == ">=");
            default:
                throw Fault($"Unrecognized numeric range operator: {sign}");
        }
    }

    PatternMatcher Upper(double low, bool withLow)
    {
        if (_json.TokenType != JsonTokenType.String)
            throw Fault($"Bad value in numeric range: {Raw()}");
        var sign = _json.GetString()!;
        if (sign is not ("<" or "<="))
            throw Fault($"Bad numeric range operator: {sign}", textWasRead: true);
        _json.Read();
        var high = Bound($"Value of {sign} must be numeric");
        _json.Read();
        if (_json.TokenType != JsonTokenType.EndArray)
            throw Fault("Too many terms in numeric range expression");
        return low >= high ? throw Fault("Bottom must be less than top") : Within(low, withLow, high, sign == "<=");
    }

    readonly double Bound(string otherwise)
    {
        if (_json.TokenType != JsonTokenType.Number)
            throw Fault(otherwise);
        var number = NumberHere();
        return Math.Abs(number) <= PatternMatcher.Limit ? number : throw new PatternException("Value must be between -5.0E9 and 5.0E9, inclusive");
    }

    static PatternMatcher Within(double low, bool withLow, double high, bool withHigh) =>
        new() { Kind = MatcherKind.Range, Range = new NumericRange(low, withLow, high, withHigh) };

    PatternMatcher AnythingBut()
    {
        switch (_json.TokenType)
        {
            case JsonTokenType.StartArray:
                return AnythingOutside(Listed(JsonTokenType.None, "Inside anything but list, start|null|boolean is not supported."));
            case JsonTokenType.String or JsonTokenType.Number:
                return AnythingOutside([Value()]);
            case JsonTokenType.StartObject when _dialect == PatternDialect.Rules:
                return AnythingButOperator();
            default:
                throw Fault("Value of anything-but must be an array or single string/number value.");
        }
    }

    static PatternMatcher AnythingOutside(IEnumerable<PatternMatcher> refused) => new() { Kind = MatcherKind.AnythingBut, Refused = [.. refused] };

    PatternMatcher AnythingButOperator()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.PropertyName)
            throw Fault("Anything-But expression name not found");
        var name = _json.GetString()!;
        _json.Read();
        var otherwise = name switch
        {
            "prefix" or "suffix" => "prefix/suffix match pattern must be a string",
            "equals-ignore-case" => "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
            "wildcard" => "wildcard match pattern must be a string",
            _ => throw Fault($"Unsupported anything-but pattern: {name}"),
        };
        if (_json.TokenType == JsonTokenType.StartObject)
            throw Fault("Value of anything-but must be an array or single string/number value.");
        var refused = new List<PatternMatcher>();
        if (_json.TokenType == JsonTokenType.StartArray)
        {
            while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
                refused.Add(_json.TokenType == JsonTokenType.String ? Refused(name) : throw Twice(otherwise));
            if (refused.Count == 0)
                throw Fault("Empty lists not allowed");
        }
        else
            refused.Add(_json.TokenType == JsonTokenType.String ? Refused(name) : throw Fault(otherwise));

        EndOfExpression();
        return AnythingOutside(refused);
    }

    readonly PatternMatcher Refused(string name)
    {
        if (name == "wildcard")
            return Wildcard();
        var text = _json.GetString()!;
        if (name == "equals-ignore-case")
            return new PatternMatcher { Kind = MatcherKind.EqualsIgnoringCase, Text = text };
        if (text.Length == 0)
            throw Fault("Null prefix/suffix not allowed", textWasRead: true);
        return new PatternMatcher { Kind = name == "prefix" ? MatcherKind.Prefix : MatcherKind.Suffix, Text = text };
    }

    /// <summary>Strings only or numbers only.</summary>
    List<PatternMatcher> Listed(JsonTokenType kind, string otherwise)
    {
        var values = new List<PatternMatcher>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
                throw Twice(otherwise);
            if (kind != JsonTokenType.None && kind != _json.TokenType)
                throw Twice("Inside anything but list, either all values are number or string, mixed type is not supported");
            kind = _json.TokenType;
            values.Add(Value());
        }

        return values.Count == 0 ? throw Fault("Empty lists not allowed") : values;
    }

    readonly string Raw() => Encoding.UTF8.GetString(_json.ValueSpan);

    /// <summary>Inside lists AWS wraps the error once more, and says twice where it stood.</summary>
    readonly PatternException Twice(string reason) => new($"{reason}{Place(false)}{Place(false)}");

    /// <param name="textWasRead">The string that the parser stands at was looked at.</param>
    readonly PatternException Fault(string reason, bool textWasRead = false) => new(reason + Place(textWasRead));

    readonly string Place(bool textWasRead) => JsonFault.Place(
        _text, _utf8, _json.TokenType == JsonTokenType.String && !textWasRead ? _json.TokenStartIndex + 1 : _json.BytesConsumed);
}
