using System.Text.Json;
using System.Text.Unicode;
using Pilotlight.Patterns;

namespace Pilotlight.EventSources;

/// <summary>
/// The filters of a mapping: a record passes when one of them matches, or when there are none. Each kind of source keeps what its records
/// carry under one key (<c>body</c>, <c>data</c>, <c>value</c>), where JSON is matched by a pattern of objects and plain text by a list of
/// texts; of the other form nothing matches (spec/events.md 1.2).
/// </summary>
public sealed class RecordFilter
{
    readonly Filter[] _filters;
    readonly string? _key;

    RecordFilter(Filter[] filters, string? key) => (_filters, _key) = (filters, key);

    public static RecordFilter Of(EventSourceKind kind, FilterCriteria? criteria)
    {
        var key = KeyOf(kind);
        return new RecordFilter([.. (criteria?.Filters ?? []).Select(filter => Filter.Read(filter.Pattern!, key))], key);
    }

    /// <summary>Every record passes.</summary>
    public bool IsEmpty => _filters.Length == 0;

    /// <param name="metadata">Writes every member of the record but the one under the key into the object that is open.</param>
    /// <param name="content">What stands under the key: as it was sent, already decoded from base64. Nothing for kinds without one (DynamoDB).</param>
    public bool Matches<TRecord>(TRecord record, Action<Utf8JsonWriter, TRecord> metadata, ReadOnlySpan<byte> content)
    {
        if (IsEmpty)
            return true;
        using var candidate = new BatchPayload();
        candidate.Json.WriteStartObject();
        metadata(candidate.Json, record);
        var form = _key is null ? ContentForm.Any : FormOf(content);
        if (form == ContentForm.Json)
        {
            candidate.Json.WritePropertyName(_key!);
            candidate.Json.WriteRawValue(content, skipInputValidation: true);
        }
        else if (form == ContentForm.Text)
        {
            candidate.Json.WriteString(_key!, content);
        }

        candidate.Json.WriteEndObject();
        try
        {
            using var json = JsonDocument.Parse(candidate.Written);
            foreach (var filter in _filters)
            {
                if ((filter.Form == ContentForm.Any || filter.Form == form) && filter.Pattern.Matches(json.RootElement))
                    return true;
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // Too deep, or a string with half a surrogate pair in it: nothing that a pattern could mean.
        }

        return false;
    }

    static string? KeyOf(EventSourceKind kind) => kind switch
    {
        { IsQueue: true } => "body",
        { IsKafka: true } => "value",
        _ when kind == EventSourceKind.Kinesis || kind == EventSourceKind.Mq => "data",
        _ => null,
    };

    static ContentForm FormOf(ReadOnlySpan<byte> content)
    {
        var first = content.IndexOfAnyExcept(" \t\r\n"u8);
        if (first >= 0 && content[first] is (byte)'{' or (byte)'[' && IsJson(content))
            return ContentForm.Json;
        return Utf8.IsValid(content) ? ContentForm.Text : ContentForm.Bytes;
    }

    static bool IsJson(ReadOnlySpan<byte> content)
    {
        var reader = new Utf8JsonReader(content);
        try
        {
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

    /// <summary>What a record has under the key, or a filter wants there.</summary>
    enum ContentForm
    {
        /// <summary>The filter looks at the other members only.</summary>
        Any,
        Json,
        Text,
        Bytes,
    }

    sealed record Filter(EventPattern Pattern, ContentForm Form)
    {
        public static Filter Read(string text, string? key)
        {
            using var json = JsonDocument.Parse(text);
            var form = key is null || !json.RootElement.TryGetProperty(key, out var wanted)
                ? ContentForm.Any
                : wanted.ValueKind == JsonValueKind.Object ? ContentForm.Json : ContentForm.Text;
            return new Filter(EventPattern.TryParse(text)!, form);
        }
    }
}
