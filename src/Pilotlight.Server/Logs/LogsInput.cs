using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pilotlight.Api;

namespace Pilotlight.Logs;

/// <summary>
/// Reads the members of a Logs request and collects what the model forbids; <see cref="RefuseInvalid"/> answers all of it at once, as
/// AWS does. Until then, invalid members read as null or empty.
/// </summary>
sealed partial class LogsInput(AwsRequest request)
{
    public const int MaxTags = 50;

    readonly JsonElement _members = request.Json();
    readonly List<string> _violations = [];

    public LogScope Scope { get; } = ScopeOf(request);

    public static LogScope ScopeOf(AwsRequest request) => new(request.AccountId, request.Region);

    public string GroupName(string member = "logGroupName") => Required(member, Name(member, GroupNamePattern(), @"[\.\-_/#A-Za-z0-9]+"));

    public string StreamName(string member = "logStreamName") => Required(member, OptionalStreamName(member));

    public string? OptionalGroupName(string member) => Name(member, GroupNamePattern(), @"[\.\-_/#A-Za-z0-9]+");

    public string? OptionalStreamName(string member) => Name(member, StreamNamePattern(), "[^:*]*");

    /// <summary>The group that the request names, by name or identifier.</summary>
    /// <exception cref="AwsException">It names none, both, or one that does not exist.</exception>
    public LogGroup ExistingGroup(LogStore store)
    {
        var name = OptionalGroupName("logGroupName");
        var identifier = Text("logGroupIdentifier", 1, 2048);
        RefuseInvalid();
        if (name is not null && identifier is not null)
            throw LogsErrors.InvalidParameter("LogGroup name and LogGroup identifier are mutually exclusive parameters.").AsException();
        if (name is null && identifier is null)
            throw LogsErrors.InvalidParameter("Exactly one of logGroupName or logGroupIdentifier must be provided.").AsException();
        name ??= Scope.GroupName(identifier!);
        return (name is null ? null : store.FindGroup(Scope, name)) ?? throw LogsErrors.NoSuchGroup.AsException();
    }

    public string? Text(string member, int minLength, int maxLength)
    {
        if (!TryGet(member, JsonValueKind.String, out var value))
            return null;
        var text = TextOf(value);
        if (text.Length < minLength)
            Violate(text, member, $"Member must have length greater than or equal to {minLength}");
        else if (text.Length > maxLength)
            Violate(text, member, $"Member must have length less than or equal to {maxLength}");
        else
            return text;
        return null;
    }

    public string? Choice(string member, params ReadOnlySpan<string> choices)
    {
        if (Text(member, 0, int.MaxValue) is not { } text)
            return null;
        if (choices.Contains(text))
            return text;
        Violate(text, member, $"Member must satisfy enum value set: [{string.Join(", ", choices.ToArray())}]");
        return null;
    }

    public long? Number(string member, long minimum, long maximum)
    {
        if (!TryGet(member, JsonValueKind.Number, out var value))
            return null;
        var number = value.TryGetInt64(out var whole) ? whole
            : value.TryGetDouble(out var real) && Math.Abs(real) < 1e18 ? (long)real
            : throw WrongType();
        if (number < minimum)
            Violate(number, member, $"Member must have value greater than or equal to {minimum}");
        else if (number > maximum)
            Violate(number, member, $"Member must have value less than or equal to {maximum}");
        else
            return number;
        return null;
    }

    public bool IsTrue(string member) => _members.TryGetProperty(member, out var value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False or JsonValueKind.Null => false,
        _ => throw WrongType(),
    };

    /// <summary>A list of strings; null when absent.</summary>
    public List<string>? Texts(string member, int maxCount)
    {
        if (!TryGet(member, JsonValueKind.Array, out var array))
            return null;
        var texts = new List<string>();
        foreach (var item in array.EnumerateArray())
            texts.Add(item.ValueKind == JsonValueKind.String ? TextOf(item) : throw WrongType());
        if (texts.Count > maxCount)
            Violate($"[{string.Join(", ", texts)}]", member, $"Member must have length less than or equal to {maxCount}");
        return texts;
    }

    /// <summary>Tags to set; null when absent.</summary>
    public Dictionary<string, string>? Tags(string member)
    {
        if (!TryGet(member, JsonValueKind.Object, out var map))
            return null;
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in map.EnumerateObject())
        {
            var value = tag.Value.ValueKind == JsonValueKind.String ? TextOf(tag.Value) : throw WrongType();
            if (!TagKeyPattern().IsMatch(tag.Name) || !TagValuePattern().IsMatch(value))
                Violate($"{{{tag.Name}={value}}}", member, "Map keys and values must satisfy the constraints of tag keys and tag values");
            else if (tag.Name.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                throw LogsErrors.InvalidParameter("aws: prefixed tag key names are not allowed for external use.").AsException();
            tags[tag.Name] = value;
        }

        if (tags.Count is 0 or > MaxTags)
            Violate($"{{{string.Join(", ", tags.Select(tag => $"{tag.Key}={tag.Value}"))}}}", member,
                tags.Count == 0 ? "Member must have length greater than or equal to 1" : $"Member must have length less than or equal to {MaxTags}");
        return tags;
    }

    /// <summary>A required list of structures.</summary>
    public JsonElement? Structures(string member)
    {
        if (TryGet(member, JsonValueKind.Array, out var array))
            return array;
        ViolateNull(member);
        return null;
    }

    public T Required<T>(string member, T? value) where T : class
    {
        if (value is null && !Has(member))
            ViolateNull(member);
        return value!;
    }

    public void ViolateNull(string member) =>
        _violations.Add($"Value null at '{member}' failed to satisfy constraint: Member must not be null");

    public void Violate(object value, string member, string constraint) =>
        _violations.Add(string.Create(CultureInfo.InvariantCulture, $"Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"));

    /// <exception cref="AwsException">Something violated the model.</exception>
    public void RefuseInvalid()
    {
        if (_violations.Count > 0)
            throw LogsErrors.InvalidParameter(
                $"{_violations.Count} validation error{(_violations.Count == 1 ? "" : "s")} detected: {string.Join("; ", _violations)}").AsException();
    }

    /// <summary>A JSON string may hold half a surrogate pair or bytes that are no UTF-8.</summary>
    public static string TextOf(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw AwsError.Serialization("A string of the request is not valid Unicode.").AsException();
        }
    }

    public static AwsException WrongType() =>
        AwsError.Serialization("A member of the request has a value of the wrong type.").AsException();

    bool Has(string member) => _members.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null;

    bool TryGet(string member, JsonValueKind kind, out JsonElement value)
    {
        if (!_members.TryGetProperty(member, out value) || value.ValueKind == JsonValueKind.Null)
            return false;
        return value.ValueKind == kind ? true : throw WrongType();
    }

    string? Name(string member, Regex pattern, string patternText)
    {
        if (Text(member, 1, 512) is not { } name)
            return null;
        if (pattern.IsMatch(name))
            return name;
        Violate(name, member, $"Member must satisfy regular expression pattern: {patternText}");
        return null;
    }

    [GeneratedRegex(@"^[.\-_/#A-Za-z0-9]+\z")]
    private static partial Regex GroupNamePattern();

    [GeneratedRegex(@"^[^:*]*\z")]
    private static partial Regex StreamNamePattern();

    [GeneratedRegex(@"^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}\z")]
    private static partial Regex TagKeyPattern();

    [GeneratedRegex(@"^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}\z")]
    private static partial Regex TagValuePattern();
}
