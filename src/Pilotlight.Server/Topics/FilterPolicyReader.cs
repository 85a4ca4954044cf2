using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Topics;

/// <summary>Reads a filter policy, and says what is wrong with one in AWS's words and at AWS's place (the token where its parser then stands).</summary>
sealed class FilterPolicyReader
{
    const int MaxDepth = 32;
    const double MostNumber = 1e9;

    readonly byte[] _json;
    readonly List<Token> _tokens = [];
    int _at;

    /// <param name="Place">Offset behind it; of a string, behind its opening quote, because AWS's parser reads no further at first.</param>
    /// <param name="End">Offset behind the whole of it.</param>
    readonly record struct Token(JsonTokenType Type, string Text, int Place, int End)
    {
        public bool IsNumber => Type == JsonTokenType.Number;

        public bool IsText => Type == JsonTokenType.String;

        public double Number => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    FilterPolicyReader(string text)
    {
        _json = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(_json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                var end = (int)reader.BytesConsumed;
                var value = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
                _tokens.Add(new Token(reader.TokenType, value, reader.TokenType == JsonTokenType.String ? (int)reader.TokenStartIndex + 1 : end, end));
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new FilterPolicyException("FilterPolicy: " + JsonComplaint.Of(text));
        }
    }

    /// <exception cref="FilterPolicyException">It is none.</exception>
    public static FilterNode Read(string text)
    {
        var reader = new FilterPolicyReader(text);
        if (reader.Next().Type != JsonTokenType.StartObject)
            throw reader.Refuse("Filter is not an object");
        return reader.Object();
    }

    Token Current => _tokens[_at - 1];

    Token Next() => _tokens[_at++];

    /// <summary>Behind its opening brace.</summary>
    FilterNode Object()
    {
        var node = new FilterNode();
        while (Next() is { Type: JsonTokenType.PropertyName, Text: var name })
        {
            if (name == "$or" && IsListOfObjects())
            {
                node.Alternatives.Add(Alternatives());
                continue;
            }

            switch (Next().Type)
            {
                case JsonTokenType.StartObject:
                    var inner = Object();
                    if (inner.IsEmpty)
                        throw Refuse("Empty objects are not allowed");
                    node.Fields.Add((name, inner, null));
                    break;
                case JsonTokenType.StartArray:
                    node.Fields.Add((name, null, Leaf()));
                    break;
                default:
                    throw Refuse($"\"{name}\" must be an object or an array");
            }
        }

        return node;
    }

    /// <summary>A list of plain values under a key that happens to be called <c>$or</c> is a leaf.</summary>
    bool IsListOfObjects() => _tokens[_at].Type == JsonTokenType.StartArray && _tokens[_at + 1].Type == JsonTokenType.StartObject;

    FilterNode[] Alternatives()
    {
        var nodes = new List<FilterNode>();
        Next();
        while (Next().Type != JsonTokenType.EndArray)
        {
            if (Current.Type != JsonTokenType.StartObject)
                throw Refuse("Only objects are allowed in array of $or relationship.");
            var node = Object();
            if (node.IsEmpty)
                throw Refuse("Empty objects are not allowed");
            nodes.Add(node);
        }

        return nodes.Count >= 2 ? [.. nodes] : throw Refuse("There must have at least 2 Objects in $or relationship.");
    }

    /// <summary>Behind its opening bracket.</summary>
    FilterTest[] Leaf()
    {
        var tests = new List<FilterTest>();
        while (Next() is { Type: not JsonTokenType.EndArray } token)
        {
            tests.Add(token.Type switch
            {
                JsonTokenType.StartObject => Operator(),
                JsonTokenType.StartArray => throw Refuse("Match value must be String, number, true, false, or null"),
                _ => new FilterTest.Exactly(Plain(token)),
            });
        }

        return tests.Count > 0 ? [.. tests] : throw Refuse("Empty arrays are not allowed");
    }

    static FilterValue Plain(Token token) => token.Type switch
    {
        JsonTokenType.String => new FilterValue(JsonValueKind.String, token.Text),
        JsonTokenType.Number => new FilterValue(JsonValueKind.Number, Number: token.Number),
        JsonTokenType.True => new FilterValue(JsonValueKind.True),
        JsonTokenType.False => new FilterValue(JsonValueKind.False),
        _ => new FilterValue(JsonValueKind.Null),
    };

    FilterTest Operator()
    {
        var name = Next() is { Type: JsonTokenType.PropertyName, Text: var text } ? text : throw Refuse("Match expression name not found");
        var value = Next();
        FilterTest test = name switch
        {
            "exists" => value.Type is JsonTokenType.True or JsonTokenType.False
                ? new FilterTest.Exists(value.Type == JsonTokenType.True)
                : throw Refuse("exists match pattern must be either true or false."),
            "prefix" => FilterTest.Text.Prefix(Pattern(name)),
            "suffix" => FilterTest.Text.Suffix(Pattern(name)),
            "equals-ignore-case" => FilterTest.Text.IgnoringCase(Pattern(name)),
            "cidr" => FilterTest.Text.In(Network(Pattern(name))),
            "numeric" => value.Type == JsonTokenType.StartArray ? Range() : throw Refuse("Value of numeric must be an array."),
            "anything-but" => AnythingBut(),
            _ => throw Refuse($"Unrecognized match type {name}"),
        };
        return Next().Type == JsonTokenType.EndObject ? test : throw Refuse("Only one key allowed in match expression");
    }

    string Pattern(string name) => Current.IsText ? Current.Text : throw Refuse($"{name} match pattern must be a string");

    IPNetwork Network(string cidr)
    {
        if (cidr.Split('/') is not [var address, var bits])
            throw Refuse("Malformed CIDR, one '/' required");
        if (!int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            throw Refuse("Malformed CIDR, mask bits must be an integer");
        if (!IPAddress.TryParse(address, out var ip))
            throw Refuse($"Nonstandard IP address: {address}");
        var most = ip.GetAddressBytes().Length * 8;
        if (length > most)
            throw Refuse($"Malformed CIDR, mask bits must not be bigger than {most}");
        return new IPNetwork(Masked(ip, length), length);
    }

    /// <summary>AWS takes an address with bits behind the mask; .NET's network does not.</summary>
    static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPAddress(bytes);
    }

    FilterTest.AnythingBut AnythingBut()
    {
        switch (Current.Type)
        {
            case JsonTokenType.String or JsonTokenType.Number:
                return new FilterTest.AnythingBut([new FilterTest.Exactly(Plain(Current))]);
            case JsonTokenType.StartArray:
                var refused = new List<FilterTest>();
                while (Next() is { Type: not JsonTokenType.EndArray } token)
                {
                    if (!token.IsText && !token.IsNumber)
                        throw Refuse("Inside anything but list, start|null|boolean is not supported.");
                    refused.Add(new FilterTest.Exactly(Plain(token)));
                }

                return refused.Count > 0 ? new FilterTest.AnythingBut([.. refused]) : throw Refuse("Empty arrays are not allowed");
            case JsonTokenType.StartObject:
                var name = Next() is { Type: JsonTokenType.PropertyName, Text: var text } ? text : throw Refuse("Match expression name not found");
                Next();
                if (name != "prefix")
                    throw Refuse($"Unsupported anything-but pattern: {name}");
                var prefix = FilterTest.Text.Prefix(Pattern(name));
                if (Next().Type != JsonTokenType.EndObject)
                    throw Refuse("Only one key allowed in match expression");
                return new FilterTest.AnythingBut([prefix]);
            default:
                throw Refuse("Value of anything-but must be an array or single string/number value.");
        }
    }

    /// <summary>Behind its opening bracket: <c>"&gt;", 0, "&lt;=", 100]</c>.</summary>
    FilterTest.Range Range()
    {
        var sign = Next() is { IsText: true, Text: var text } ? text : throw Refuse($"Invalid member in numeric match: {(Current.Type == JsonTokenType.EndArray ? "]" : Current.Text)}");
        Next();
        switch (sign)
        {
            case "=":
                var value = Bound("equals");
                End("Too many elements in numeric expression");
                return new FilterTest.Range(value, true, value, true);
            case "<" or "<=":
                var only = Bound(sign);
                End("Too many elements in numeric expression");
                return new FilterTest.Range(double.NegativeInfinity, true, only, sign == "<=");
            case ">" or ">=":
                var bottom = Bound(sign);
                if (Next().Type == JsonTokenType.EndArray)
                    return new FilterTest.Range(bottom, sign == ">=", double.PositiveInfinity, true);
                if (!Current.IsText)
                    throw Refuse($"Bad value in numeric range: {Current.Text}");
                var second = Current.Text;
                if (second is not ("<" or "<="))
                    throw Refuse($"Bad numeric range operator: {second}", Current.End);
                Next();
                var top = Bound(second);
                End("Too many terms in numeric range expression");
                return bottom < top
                    ? new FilterTest.Range(bottom, sign == ">=", top, second == "<=")
                    : throw Refuse("Bottom must be less than top");
            default:
                throw Refuse($"Unrecognized numeric range operator: {sign}");
        }
    }

    double Bound(string sign)
    {
        if (!Current.IsNumber)
            throw Refuse($"Value of {sign} must be numeric");
        return Math.Abs(Current.Number) <= MostNumber ? Current.Number : throw Refuse("Value must be between -1.0E9 and 1.0E9, inclusive");
    }

    void End(string otherwise)
    {
        if (Next().Type != JsonTokenType.EndArray)
            throw Refuse(otherwise);
    }

    FilterPolicyException Refuse(string text)
    {
        // AWS's parser has looked at the value when it hands out a name.
        var token = Current.Type == JsonTokenType.PropertyName ? _tokens[_at] : Current;
        return Refuse(text, token.Place);
    }

    FilterPolicyException Refuse(string text, int place) => new($"FilterPolicy: {text}{JsonComplaint.At(_json, place)}");
}
