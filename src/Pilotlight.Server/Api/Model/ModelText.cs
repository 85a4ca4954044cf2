using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Api;

/// <summary>AWS's wording of constraints, and how its Java services print a value.</summary>
static class ModelText
{
    const string NotNull = "Member must not be null";

    public static string AtMost(string what, string bound) => $"Member must have {what} less than or equal to {bound}";

    public static string AtLeast(string what, string bound) => $"Member must have {what} greater than or equal to {bound}";

    public static string Pattern(string pattern) => $"Member must satisfy regular expression pattern: {pattern}";

    public static string Enum(IReadOnlyList<string> values) => $"Member must satisfy enum value set: [{string.Join(", ", values)}]";

    /// <summary>What stands in the bracket of a list or of map values: every constraint of the element, then not-null.</summary>
    public static string Constraints(Shape shape) => string.Join(", ", [.. Each(shape), NotNull]);

    public static string Elements(ListShape list) => list.Wording switch
    {
        ListWording.Usual => $"Member must satisfy constraint: [{Constraints(list.Element)}]",
        ListWording.WithoutNotNull => $"Member must satisfy constraint: [{string.Join(", ", Each(list.Element))}]",
        _ => string.Join(", ", Each(list.Element)),
    };

    /// <summary>Keys cannot be null, and AWS does not say that they must not be.</summary>
    public static string KeyConstraints(StringShape key) => string.Join(", ", Each(key));

    public static string Bound(NumberShape shape, double bound) =>
        bound.ToString(shape.Kind == NumberKind.Double ? "0.0###" : "0", CultureInfo.InvariantCulture);

    /// <summary>Which JSON type stood where the model has another one.</summary>
    public static string Mismatch(Shape shape, JsonValueKind found)
    {
        var wanted = shape switch
        {
            StringShape => "a String",
            BlobShape => "a Blob",
            NumberShape { Kind: NumberKind.Integer } => "an Integer",
            NumberShape { Kind: NumberKind.Long } => "a Long",
            NumberShape => "a Double",
            BooleanShape => "a Boolean",
            TimestampShape => "a Timestamp",
            ListShape => "a List",
            _ => "a Structure",
        };
        return found switch
        {
            JsonValueKind.Object => "Start of structure or map found where not expected.",
            JsonValueKind.Array => "Start of list found where not expected",
            JsonValueKind.Number => $"NUMBER_VALUE can not be converted to {wanted}",
            JsonValueKind.True => $"TRUE_VALUE can not be converted to {wanted}",
            JsonValueKind.False => $"FALSE_VALUE can not be converted to {wanted}",
            _ => $"STRING_VALUE can not be converted to {wanted}",
        };
    }

    /// <summary><c>[a, b]</c>, <c>{k=v}</c>, <c>OnSuccess(destination=arn)</c>.</summary>
    public static void Print(StringBuilder text, Shape shape, JsonElement value)
    {
        switch (shape, value.ValueKind)
        {
            case (_, JsonValueKind.Null):
                text.Append("null");
                break;
            case (ListShape list, JsonValueKind.Array):
                Join(text.Append('['), value.EnumerateArray(), element => Print(text, list.Element, element));
                text.Append(']');
                break;
            case (MapShape map, JsonValueKind.Object):
                Join(text.Append('{'), value.EnumerateObject(), entry => Print(text.Append(entry.Name).Append('='), map.Value, entry.Value));
                text.Append('}');
                break;
            case (StructureShape structure, JsonValueKind.Object):
                Join(text.Append(structure.Name).Append('('), structure.Members, member => PrintMember(text, member, value));
                text.Append(')');
                break;
            case (NumberShape { Kind: NumberKind.Double }, JsonValueKind.Number):
                text.Append(value.GetDouble().ToString("0.0###############", CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
                break;
        }
    }

    static void PrintMember(StringBuilder text, ModelMember member, JsonElement parent)
    {
        text.Append(member.ErrorName).Append('=');
        if (parent.TryGetProperty(member.Name, out var value))
            Print(text, member.Shape, value);
        else
            text.Append("null");
    }

    static void Join<T>(StringBuilder text, IEnumerable<T> items, Action<T> print)
    {
        var first = true;
        foreach (var item in items)
        {
            if (!first)
                text.Append(", ");
            first = false;
            print(item);
        }
    }

    static IEnumerable<string> Each(Shape shape)
    {
        switch (shape)
        {
            case StringShape text:
                if (text.Max is { } longest)
                    yield return AtMost("length", longest.ToString(CultureInfo.InvariantCulture));
                if (text.Min is { } shortest)
                    yield return AtLeast("length", shortest.ToString(CultureInfo.InvariantCulture));
                if (text.Pattern is { } pattern)
                    yield return Pattern(pattern);
                if (text.Enum is { } values)
                    yield return Enum(values);
                break;
            case NumberShape number:
                if (number.Max is { } most)
                    yield return AtMost("value", Bound(number, most));
                if (number.Min is { } least)
                    yield return AtLeast("value", Bound(number, least));
                break;
        }
    }
}
