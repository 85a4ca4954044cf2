using System.Globalization;
using System.Text.Json;

namespace Pilotlight.Logs;

/// <summary><c>{ ($.level = "ERROR" || $.items[0].n &gt; 3) &amp;&amp; $.user NOT EXISTS }</c>. A message that is no JSON does not match.</summary>
sealed class JsonPattern : FilterPattern
{
    readonly Condition _condition;

    JsonPattern(Condition condition) => _condition = condition;

    public static JsonPattern Parse(FilterReader reader)
    {
        var condition = ReadAny(reader);
        return reader.IsAtEnd ? new JsonPattern(condition) : throw reader.Unexpected();
    }

    public override bool Matches(ReadOnlySpan<byte> message)
    {
        var json = message.TrimStart(" \t\r\n"u8);
        if (json.IsEmpty || json[0] is not ((byte)'{' or (byte)'['))
            return false;
        try
        {
            using var document = JsonDocument.Parse(json.ToArray());
            return _condition.Holds(document.RootElement);
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            // No JSON, or a string in it that is no UTF-8.
            return false;
        }
    }

    static Condition ReadAny(FilterReader reader)
    {
        var condition = ReadAll(reader);
        while (reader.TryTake("||"))
            condition = new Either(condition, ReadAll(reader));
        return condition;
    }

    static Condition ReadAll(FilterReader reader)
    {
        var condition = ReadOne(reader);
        while (reader.TryTake("&&"))
            condition = new Both(condition, ReadOne(reader));
        return condition;
    }

    static Condition ReadOne(FilterReader reader)
    {
        if (!reader.TryTake("("))
            return ReadComparison(reader);
        reader.Enter();
        var condition = ReadAny(reader);
        reader.Take(")");
        reader.Leave();
        return condition;
    }

    static Condition ReadComparison(FilterReader reader)
    {
        var selector = ReadSelector(reader);
        if (reader.TryTakeKeyword("IS"))
        {
            if (reader.TryTakeKeyword("TRUE"))
                return new Is(selector, JsonValueKind.True);
            if (reader.TryTakeKeyword("FALSE"))
                return new Is(selector, JsonValueKind.False);
            return reader.TryTakeKeyword("NULL") ? new Is(selector, JsonValueKind.Null) : throw reader.Unexpected();
        }

        if (reader.TryTakeKeyword("NOT"))
            return reader.TryTakeKeyword("EXISTS") ? new IsMissing(selector) : throw reader.Unexpected();
        var @operator = FilterValue.ReadOperator(reader);
        var value = FilterValue.Read(reader);
        return value.CanOrder || @operator is FilterOperator.Equal or FilterOperator.NotEqual
            ? new Compares(selector, @operator, value)
            : throw FilterReader.Invalid();
    }

    static List<Step> ReadSelector(FilterReader reader)
    {
        reader.Take("$");
        var steps = new List<Step>();
        while (true)
        {
            if (reader.TryTake("."))
                steps.Add(new Step(reader.TryReadWhile(static c => FilterReader.IsWord(c) || c == '-') ?? throw reader.Unexpected(), 0));
            else if (reader.TryTake("["))
            {
                var digits = reader.TryReadWhile(char.IsAsciiDigit) ?? throw reader.Unexpected();
                if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                    throw FilterReader.Invalid();
                reader.Take("]");
                steps.Add(new Step(null, index));
            }
            else
                return steps.Count > 0 ? steps : throw reader.Unexpected();
        }
    }

    static JsonElement? Find(List<Step> selector, JsonElement root)
    {
        var found = root;
        foreach (var step in selector)
        {
            if (step.Property is { } property)
            {
                if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(property, out found))
                    return null;
            }
            else if (found.ValueKind == JsonValueKind.Array && step.Index < found.GetArrayLength())
                found = found[step.Index];
            else
                return null;
        }

        return found;
    }

    readonly record struct Step(string? Property, int Index);

    abstract record Condition
    {
        public abstract bool Holds(JsonElement root);
    }

    sealed record Either(Condition Left, Condition Right) : Condition
    {
        public override bool Holds(JsonElement root) => Left.Holds(root) || Right.Holds(root);
    }

    sealed record Both(Condition Left, Condition Right) : Condition
    {
        public override bool Holds(JsonElement root) => Left.Holds(root) && Right.Holds(root);
    }

    sealed record Is(List<Step> Selector, JsonValueKind Kind) : Condition
    {
        public override bool Holds(JsonElement root) => Find(Selector, root)?.ValueKind == Kind;
    }

    sealed record IsMissing(List<Step> Selector) : Condition
    {
        public override bool Holds(JsonElement root) => Find(Selector, root) is null;
    }

    /// <summary>Does not hold, whatever the operator, where the selector finds nothing, null, an object or an array.</summary>
    sealed record Compares(List<Step> Selector, FilterOperator Operator, FilterValue Value) : Condition
    {
        public override bool Holds(JsonElement root) => Find(Selector, root) switch
        {
            { ValueKind: JsonValueKind.String } text => IsEquality && Value.Matches(Operator, text.GetString()!),
            { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } scalar => Value.Matches(Operator, scalar.GetRawText()),
            _ => false,
        };

        bool IsEquality => Operator is FilterOperator.Equal or FilterOperator.NotEqual;
    }
}
