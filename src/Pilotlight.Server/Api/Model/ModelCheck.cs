using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Api;

/// <summary>
/// Walks one input along its shapes and collects what AWS would say (spec/api.md 1.1). A value of the wrong JSON type ends the walk
/// with a SerializationException, because AWS never gets as far as validating it.
/// </summary>
sealed class ModelCheck
{
    List<string>? _failures;

    /// <summary>IAM repeats no value of a request in its errors (spec/iam.md 3).</summary>
    public bool HidesValues { get; init; }

    public AwsError? Error => _failures is null
        ? null
        : AwsError.Validation(
            $"{_failures.Count} validation error{(_failures.Count == 1 ? "" : "s")} detected: {string.Join("; ", _failures)}");

    /// <summary>A member of a JSON object.</summary>
    public void Member(ModelMember member, string path, JsonElement parent)
    {
        if (parent.TryGetProperty(member.Name, out var value) && value.ValueKind != JsonValueKind.Null)
            Value(member.Shape, path, value);
        else if (member.Required)
            FailNull(path);
    }

    /// <summary>A member from the path, the query string or a header.</summary>
    public void Text(ModelMember member, string? text) => Text(member, member.ErrorName, text);

    /// <summary>A member of a form (query protocol): <c>X</c>, the list <c>X.member.N</c>, the structure <c>X.Y</c>.</summary>
    public void Form(ModelMember member, string name, string path, IReadOnlyDictionary<string, string> form)
    {
        switch (member.Shape)
        {
            case ListShape { Element: StructureShape structure } list:
                var count = 0;
                while (HasAny(structure, $"{name}.member.{count + 1}", form))
                    count++;
                if (LengthFailure(count, list.Min, list.Max) is { } length)
                    Fail(path, "", length);
                for (var index = 1; index <= Math.Min(count, list.Max ?? count); index++)
                    Form(structure, $"{name}.member.{index}", $"{path}.{index}.member", form);
                break;
            case ListShape list:
                TextList(member, list, FormList(name, form));
                break;
            case StructureShape structure when member.Required || HasAny(structure, name, form):
                Form(structure, name, path, form);
                break;
            case StructureShape:
                break;
            default:
                Text(member, path, form.GetValueOrDefault(name));
                break;
        }
    }

    void Form(StructureShape structure, string name, string path, IReadOnlyDictionary<string, string> form)
    {
        foreach (var member in structure.Members)
            Form(member, $"{name}.{member.Name}", $"{path}.{member.ErrorName}", form);
    }

    /// <summary>The values of <c>X.member.1</c>, <c>X.member.2</c>, up to the first number that is missing.</summary>
    public static List<string> FormList(string name, IReadOnlyDictionary<string, string> form)
    {
        var values = new List<string>();
        while (form.TryGetValue($"{name}.member.{values.Count + 1}", out var value))
            values.Add(value);
        return values;
    }

    static bool HasAny(StructureShape structure, string name, IReadOnlyDictionary<string, string> form) => structure.Members.Any(member =>
        form.ContainsKey($"{name}.{member.Name}") || member.Shape is ListShape && form.ContainsKey($"{name}.{member.Name}.member.1"));

    void Text(ModelMember member, string path, string? text)
    {
        if (text is null)
        {
            if (member.Required)
                FailNull(path);
            return;
        }

        switch (member.Shape)
        {
            case StringShape shape:
                String(shape, path, text);
                break;
            case NumberShape { Kind: NumberKind.Integer } shape:
                Number(shape, path, int.TryParse(text, CultureInfo.InvariantCulture, out var integer) ? integer : throw NoNumber(shape), text);
                break;
            case NumberShape { Kind: NumberKind.Long } shape:
                Number(shape, path, long.TryParse(text, CultureInfo.InvariantCulture, out var whole) ? whole : throw NoNumber(shape), text);
                break;
            case NumberShape shape:
                Number(shape, path, double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : throw NoNumber(shape), text);
                break;
            case BooleanShape when !bool.TryParse(text, out _):
                throw Mismatch("STRING_VALUE can not be converted to a Boolean");
        }
    }

    /// <summary>A repeated query parameter.</summary>
    public void TextList(ModelMember member, ListShape list, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            if (member.Required)
                FailNull(member.ErrorName);
            return;
        }

        if (LengthFailure(values.Count, list.Min, list.Max) is { } length)
            Fail(member.ErrorName, HidesValues ? "" : $"'[{string.Join(", ", values)}]'", length);
        if (list.Element is StringShape shape && values.Any(value => !Fits(shape, value)))
            Fail(member.ErrorName, HidesValues ? "" : $"'[{string.Join(", ", values)}]'", $"Member must satisfy constraint: [{ModelText.Constraints(shape)}]");
    }

    void Value(Shape shape, string path, JsonElement value)
    {
        RequireKind(shape, value);
        switch (shape)
        {
            case StringShape text:
                String(text, path, value.GetString()!);
                break;
            case NumberShape number:
                Number(number, path, value.GetDouble(), value.GetRawText());
                break;
            case ListShape list:
                List(list, path, value);
                break;
            case MapShape map:
                Map(map, path, value);
                break;
            case StructureShape structure:
                foreach (var member in structure.Members)
                    Member(member, $"{path}.{member.ErrorName}", value);
                break;
        }
    }

    void String(StringShape shape, string path, string text)
    {
        var matches = shape.Matches(text);
        if ((matches || !shape.PatternHidesLength) && LengthFailure(text.Length, shape.Min, shape.Max) is { } length)
            Fail(path, Quoted(shape, text), length);
        if (!matches)
            Fail(path, Quoted(shape, text), ModelText.Pattern(shape.Pattern!));
        if (!shape.IsInEnum(text))
            Fail(path, Quoted(shape, text), ModelText.Enum(shape.Enum!));
    }

    void Number(NumberShape shape, string path, double value, string text)
    {
        if (value > shape.Max)
            Fail(path, Quoted(shape, text), ModelText.AtMost("value", ModelText.Bound(shape, shape.Max.Value)));
        if (value < shape.Min)
            Fail(path, Quoted(shape, text), ModelText.AtLeast("value", ModelText.Bound(shape, shape.Min.Value)));
    }

    void List(ListShape list, string path, JsonElement value)
    {
        if (LengthFailure(value.GetArrayLength(), list.Min, list.Max) is { } length)
            Fail(path, Quoted(list, value), length);
        if (list.Element is StructureShape or ListShape or MapShape)
        {
            var index = 0;
            foreach (var element in value.EnumerateArray())
            {
                index++;
                if (element.ValueKind != JsonValueKind.Null)
                    Value(list.Element, $"{path}.{index}.member", element);
                else
                    FailNull($"{path}.{index}.member");
            }

            return;
        }

        var fits = true;
        foreach (var element in value.EnumerateArray())
            fits &= element.ValueKind != JsonValueKind.Null && FitsScalar(list.Element, element);
        if (!fits)
            Fail(path, Quoted(list, value), ModelText.Elements(list));
    }

    void Map(MapShape map, string path, JsonElement value)
    {
        if (LengthFailure(value.EnumerateObject().Count(), map.Min, map.Max) is { } length)
            Fail(path, Quoted(map, value), length);
        var keysFit = true;
        var valuesFit = true;
        foreach (var entry in value.EnumerateObject())
        {
            keysFit &= Fits(map.Key, entry.Name);
            if (map.Value is StructureShape or ListShape or MapShape && entry.Value.ValueKind != JsonValueKind.Null)
                Value(map.Value, $"{path}.{entry.Name}.member", entry.Value);
            else
                valuesFit &= entry.Value.ValueKind != JsonValueKind.Null && FitsScalar(map.Value, entry.Value);
        }

        if (!keysFit)
            Fail(path, Quoted(map, value), $"Map keys must satisfy constraint: [{ModelText.KeyConstraints(map.Key)}]");
        if (!valuesFit)
            Fail(path, Quoted(map, value), $"Map value must satisfy constraint: [{ModelText.Constraints(map.Value)}]");
    }

    static bool FitsScalar(Shape shape, JsonElement value)
    {
        RequireKind(shape, value);
        return shape switch
        {
            StringShape text => Fits(text, value.GetString()!),
            NumberShape number => !(value.GetDouble() > number.Max || value.GetDouble() < number.Min),
            _ => true,
        };
    }

    static bool Fits(StringShape shape, string text) =>
        !(text.Length > shape.Max || text.Length < shape.Min) && shape.Matches(text) && shape.IsInEnum(text);

    static string? LengthFailure(int length, int? min, int? max)
    {
        if (length > max)
            return ModelText.AtMost("length", max.Value.ToString(CultureInfo.InvariantCulture));
        return length < min ? ModelText.AtLeast("length", min.Value.ToString(CultureInfo.InvariantCulture)) : null;
    }

    static void RequireKind(Shape shape, JsonElement value)
    {
        var fits = shape switch
        {
            StringShape => value.ValueKind == JsonValueKind.String,
            BlobShape => value.ValueKind == JsonValueKind.String && IsBase64(value),
            NumberShape { Kind: NumberKind.Integer } => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),
            NumberShape { Kind: NumberKind.Long } => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            NumberShape => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out _),
            BooleanShape => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            TimestampShape => value.ValueKind is JsonValueKind.Number or JsonValueKind.String,
            ListShape => value.ValueKind == JsonValueKind.Array,
            _ => value.ValueKind == JsonValueKind.Object,
        };
        if (!fits)
            throw Mismatch(ModelText.Mismatch(shape, value.ValueKind));
    }

    static bool IsBase64(JsonElement value)
    {
        var quoted = JsonMarshal.GetRawUtf8Value(value);
        var raw = quoted[1..^1];
        return raw.Contains((byte)'\\') ? value.TryGetBytesFromBase64(out _) : Base64.IsValid(raw);
    }

    static AwsException Mismatch(string message) => AwsError.Serialization(message).AsException();

    static AwsException NoNumber(NumberShape shape) => Mismatch(ModelText.Mismatch(shape, JsonValueKind.String));

    void FailNull(string path) => Fail(path, "null", "Member must not be null");

    void Fail(string path, string printed, string constraint) =>
        (_failures ??= []).Add($"Value{(printed.Length == 0 ? "" : " ")}{printed} at '{path}' failed to satisfy constraint: {constraint}");

    string Quoted(Shape shape, string text) => shape.Sensitive || HidesValues ? "" : $"'{text}'";

    /// <summary>Printed only when it is needed: the text of a long list is not built for an input that fits.</summary>
    string Quoted(Shape shape, JsonElement value)
    {
        if (shape.Sensitive || HidesValues)
            return "";
        var text = new StringBuilder("'");
        ModelText.Print(text, shape, value);
        return text.Append('\'').ToString();
    }
}
