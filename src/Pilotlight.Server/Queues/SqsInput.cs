using System.Globalization;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>The input of an operation, or of an entry in it, whichever protocol it came in. A member that is absent is null or empty.</summary>
abstract class SqsInput
{
    public static SqsInput Of(AwsRequest request) =>
        request.Operation.Service.Protocol == AwsProtocol.Query ? new FormInput(request.Form, "") : new JsonInput(request.Json());

    /// <exception cref="AwsException">It is no text.</exception>
    public abstract string? Text(string name);

    /// <exception cref="AwsException">It is no integer.</exception>
    public abstract int? Integer(string name);

    /// <param name="formName">The list's name in the query protocol: <c>AttributeName</c> of <c>AttributeNames</c>.</param>
    public abstract IReadOnlyList<string> Texts(string name, string formName);

    /// <param name="formName">Of an entry in the query protocol, which has its key and value under names of their own.</param>
    public abstract IReadOnlyList<KeyValuePair<string, string>> Map(string name, string formName, string formKey = "Name", string formValue = "Value");

    /// <summary>A map to structures, by key.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, SqsInput>> Structures(string name, string formName);

    public abstract IReadOnlyList<SqsInput> Entries(string name, string formName);

    /// <summary>Base64, decoded.</summary>
    /// <exception cref="AwsException">It is no base64.</exception>
    public byte[]? Bytes(string name)
    {
        if (Text(name) is not { } text)
            return null;
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw AwsError.Serialization("A value is not valid base64.").AsException();
        }
    }

    /// <exception cref="AwsException">MissingParameter</exception>
    public string Required(string name) => Text(name) ?? throw SqsErrors.Missing(name).AsException();
}

sealed class JsonInput(JsonElement json) : SqsInput
{
    public override string? Text(string name) => Find(name) is { } value ? TextOf(value) : null;

    public override int? Integer(string name)
    {
        if (Find(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw Mismatch(value, "an Integer");
    }

    public override IReadOnlyList<string> Texts(string name, string formName) =>
        Find(name) is { } list ? [.. Array(list).Select(TextOf)] : [];

    public override IReadOnlyList<KeyValuePair<string, string>> Map(string name, string formName, string formKey, string formValue) =>
        Find(name) is { } map ? [.. Object(map).Where(NotNull).Select(static member => KeyValuePair.Create(member.Name, TextOf(member.Value)))] : [];

    public override IReadOnlyList<KeyValuePair<string, SqsInput>> Structures(string name, string formName) =>
        Find(name) is { } map ? [.. Object(map).Where(NotNull).Select(static member => KeyValuePair.Create(member.Name, Structure(member.Value)))] : [];

    public override IReadOnlyList<SqsInput> Entries(string name, string formName) => Find(name) is { } list ? [.. Array(list).Select(Structure)] : [];

    JsonElement? Find(string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    static bool NotNull(JsonProperty member) => member.Value.ValueKind != JsonValueKind.Null;

    static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Mismatch(value, "a String");

    static SqsInput Structure(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? new JsonInput(value) : throw AwsError.Serialization("Unexpected field type").AsException();

    static JsonElement.ArrayEnumerator Array(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw AwsError.Serialization("Unexpected field type").AsException();

    static JsonElement.ObjectEnumerator Object(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : throw AwsError.Serialization("Unexpected field type").AsException();

    static AwsException Mismatch(JsonElement value, string wanted)
    {
        var kind = value.ValueKind switch
        {
            JsonValueKind.Number => "NUMBER_VALUE",
            JsonValueKind.String => "STRING_VALUE",
            JsonValueKind.True => "TRUE_VALUE",
            JsonValueKind.False => "FALSE_VALUE",
            _ => null,
        };
        return AwsError.Serialization(kind is null ? "Unexpected field type" : $"{kind} can not be converted to {wanted}").AsException();
    }
}

/// <summary>Lists are flat in SQS's query protocol: <c>AttributeName.1</c>, <c>Tag.1.Key</c>.</summary>
sealed class FormInput(IReadOnlyDictionary<string, string> form, string prefix) : SqsInput
{
    public override string? Text(string name) => form.GetValueOrDefault(prefix + name);

    public override int? Integer(string name)
    {
        if (Text(name) is not { Length: > 0 } text)
            return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw SqsErrors.InvalidParameter(text, name, "Must be an integer.").AsException();
    }

    public override IReadOnlyList<string> Texts(string name, string formName) => Numbered(formName, static (input, at) => input.Text(at));

    public override IReadOnlyList<KeyValuePair<string, string>> Map(string name, string formName, string formKey, string formValue) => Numbered(
        formName, (input, at) => input.Text($"{at}.{formKey}") is { } key ? KeyValuePair.Create(key, input.Text($"{at}.{formValue}") ?? "") : (KeyValuePair<string, string>?)null)
        .ConvertAll(static pair => pair!.Value);

    public override IReadOnlyList<KeyValuePair<string, SqsInput>> Structures(string name, string formName) => Numbered(
        formName, static (input, at) => input.Text($"{at}.Name") is { } key
            ? KeyValuePair.Create<string, SqsInput>(key, new FormInput(input.Fields, $"{input.Prefix}{at}.Value."))
            : (KeyValuePair<string, SqsInput>?)null)
        .ConvertAll(static pair => pair!.Value);

    // An entry is there when anything of it is.
    public override IReadOnlyList<SqsInput> Entries(string name, string formName) => Numbered<SqsInput>(
        formName, static (input, at) => input.HasAny($"{input.Prefix}{at}.") ? new FormInput(input.Fields, $"{input.Prefix}{at}.") : null);

    IReadOnlyDictionary<string, string> Fields => form;

    string Prefix => prefix;

    bool HasAny(string start) => form.ContainsKey(start + "Id") || form.Keys.Any(key => key.StartsWith(start, StringComparison.Ordinal));

    List<T> Numbered<T>(string formName, Func<FormInput, string, T?> read)
    {
        var items = new List<T>();
        while (items.Count < form.Count && read(this, $"{formName}.{items.Count + 1}") is { } item)
            items.Add(item);
        return items;
    }
}
