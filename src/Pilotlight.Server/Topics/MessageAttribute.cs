using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>A value that travels beside a message.</summary>
/// <param name="DataType"><c>String</c>, <c>String.Array</c>, <c>Number</c> or <c>Binary</c>, perhaps with a suffix of the publisher's.</param>
/// <param name="Value">Of a binary one in base64.</param>
public sealed record MessageAttribute(string DataType, string Value)
{
    const int MaxName = 256;

    [JsonIgnore]
    public string BaseType => DataType.Split('.', 2)[0];

    /// <summary>What filter policies compare; nothing of a binary one.</summary>
    internal IReadOnlyList<FilterValue> FilterValues => BaseType switch
    {
        "Binary" => [],
        "Number" when double.TryParse(Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => [new FilterValue(JsonValueKind.Number, Number: number)],
        _ when DataType == "String.Array" => Elements(),
        _ => [new FilterValue(JsonValueKind.String, Value)],
    };

    FilterValue[] Elements()
    {
        try
        {
            using var json = JsonDocument.Parse(Value);
            return json.RootElement.ValueKind == JsonValueKind.Array ? [.. json.RootElement.EnumerateArray().Select(FilterValue.Of)] : [];
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>Bytes that count against the limit of a message.</summary>
    public int SizeWith(string name) =>
        Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(DataType)
        + (BaseType == "Binary" ? Convert.FromBase64String(Value).Length : Encoding.UTF8.GetByteCount(Value));

    /// <summary>The members <c>PREFIX.entry.N.Name</c> and <c>.Value.…</c> of a form.</summary>
    /// <param name="path">Of the map in validation errors: <c>messageAttributes</c>.</param>
    /// <exception cref="AwsException">One of them is not as it must be.</exception>
    public static Dictionary<string, MessageAttribute> Read(IReadOnlyDictionary<string, string> form, string prefix, string path)
    {
        var attributes = new Dictionary<string, MessageAttribute>(StringComparer.Ordinal);
        for (var index = 1; form.TryGetValue($"{prefix}.entry.{index}.Name", out var name); index++)
        {
            var value = $"{prefix}.entry.{index}.Value";
            if (!form.TryGetValue(value + ".DataType", out var type))
            {
                throw new AwsError(400, "ValidationError",
                    $"1 validation error detected: Value null at '{path}.{name}.member.dataType' failed to satisfy constraint: Member must not be null").AsException();
            }

            RefuseName(name);
            attributes[name] = Checked(name, type, form.GetValueOrDefault(value + ".StringValue"), form.GetValueOrDefault(value + ".BinaryValue"));
        }

        return attributes;
    }

    static void RefuseName(string name)
    {
        if (name.Length == 0)
            throw TopicErrors.Attribute("The message attribute name can not be empty.").AsException();
        if (Encoding.UTF8.GetByteCount(name) > MaxName)
            throw TopicErrors.Attribute("Length of message attribute name must be less than 256 bytes.").AsException();
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.'))
            {
                throw TopicErrors.Attribute($"Invalid non-alphanumeric character '#x{(int)character:X}' was found in the message attribute name. "
                    + "Can only include alphanumeric characters, hyphens, underscores, or dots.").AsException();
            }
        }

        if (name[0] == '.')
            throw TopicErrors.Attribute("Invalid message attribute name starting with character '.' was found.").AsException();
        if (name[^1] == '.')
            throw TopicErrors.Attribute("Invalid message attribute name ending with character '.' was found.").AsException();
        if (name.Contains("..", StringComparison.Ordinal))
            throw TopicErrors.Attribute("Message attribute name can not have successive '.' character.").AsException();
    }

    static MessageAttribute Checked(string name, string type, string? text, string? binary)
    {
        var kind = type.Split('.', 2)[0];
        if (kind is not ("Binary" or "Number" or "String"))
        {
            throw TopicErrors.Attribute($"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is "
                + "Binary, Number, and String.").AsException();
        }

        var (mine, other, field) = kind == "Binary" ? (binary, text, "Binary") : (text, binary, "String");
        if (string.IsNullOrEmpty(mine) && !string.IsNullOrEmpty(other))
            throw TopicErrors.Attribute($"The message attribute '{name}' with type '{type}' must use field '{field}'.").AsException();
        if (string.IsNullOrEmpty(mine))
        {
            throw TopicErrors.Attribute(
                $"The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{type}'.").AsException();
        }

        if (kind == "Number" && !double.TryParse(mine, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            throw TopicErrors.Attribute($"Could not cast message attribute '{name}' value to number.").AsException();
        if (kind == "Binary" && !Convert.TryFromBase64String(mine, new byte[mine.Length], out _))
            throw TopicErrors.Attribute($"The message attribute '{name}' must contain base64 for message attribute type '{type}'.").AsException();
        if (type == "String.Array" && !IsArray(mine))
            throw TopicErrors.Attribute($"The message attribute '{name}' with type 'String.Array' must contain a JSON array.").AsException();
        return new MessageAttribute(type, mine);
    }

    static bool IsArray(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
