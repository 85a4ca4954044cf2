using System.Text;
using System.Text.Json;

namespace Pilotlight.EventBuses;

/// <summary>
/// The template of an input transformer. A variable outside of quotes becomes JSON; inside a string it becomes text: strings as they
/// are, objects and lists without quotes (<c>{acc_id:1,sf_id:baz}</c>, <c>[A,B]</c>). A path that leads nowhere becomes an empty string.
/// </summary>
static class InputTemplate
{
    static readonly HashSet<string> s_reserved =
        ["aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time", "aws.events.event", "aws.events.event.json"];

    /// <summary>The first placeholder that means nothing; null when all do.</summary>
    public static string? Unknown(InputTransformer transformer) => Placeholders(transformer.InputTemplate)
        .Select(found => transformer.InputTemplate[(found.Start + 1)..(found.End - 1)])
        .FirstOrDefault(name => !s_reserved.Contains(name) && transformer.InputPathsMap?.ContainsKey(name) != true);

    /// <summary>Whether the template gives JSON (or several texts in quotes) once its variables have values.</summary>
    public static bool IsJson(string template, out long position)
    {
        var bytes = Encoding.UTF8.GetBytes(Fill(template, static (_, inQuotes) => inQuotes ? "" : "0"));
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 64 });
        try
        {
            while (reader.Read())
            {
            }

            position = 0;
            return true;
        }
        catch (JsonException)
        {
            position = reader.BytesConsumed;
            return false;
        }
    }

    public static byte[] Render(InputTransformer transformer, BusEvent one, Rule rule, DateTimeOffset ingestedAt)
    {
        return Encoding.UTF8.GetBytes(Fill(transformer.InputTemplate, (name, inQuotes) => name switch
        {
            "aws.events.rule-arn" => Text(rule.Arn, inQuotes),
            "aws.events.rule-name" => Text(rule.Name, inQuotes),
            "aws.events.event.ingestion-time" => Text(BusEvent.TimeText(ingestedAt), inQuotes),
            "aws.events.event.json" => Encoding.UTF8.GetString(one.Json.Span),
            "aws.events.event" => WithoutDetail(one),
            _ => Value(transformer.InputPathsMap is { } paths && paths.TryGetValue(name, out var path) ? JsonPath.Find(one.Root, path) : null, inQuotes),
        }));
    }

    static string Fill(string template, Func<string, bool, string> value)
    {
        var text = new StringBuilder(template.Length + 256);
        var at = 0;
        foreach (var (start, end, inQuotes) in Placeholders(template))
        {
            text.Append(template, at, start - at).Append(value(template[(start + 1)..(end - 1)], inQuotes));
            at = end;
        }

        return text.Append(template, at, template.Length - at).ToString();
    }

    /// <summary>Each <c>&lt;name&gt;</c>, from its first sign to after its last.</summary>
    static IEnumerable<(int Start, int End, bool InQuotes)> Placeholders(string template)
    {
        var inQuotes = false;
        for (var at = 0; at < template.Length; at++)
        {
            if (template[at] == '\\')
                at++;
            else if (template[at] == '"')
                inQuotes = !inQuotes;
            else if (template[at] == '<' && NameEnd(template, at) is { } end)
            {
                yield return (at, end, inQuotes);
                at = end - 1;
            }
        }
    }

    static int? NameEnd(string template, int start)
    {
        var at = start + 1;
        while (at < template.Length && (char.IsAsciiLetterOrDigit(template[at]) || template[at] is '-' or '_' or '.'))
            at++;
        return at > start + 1 && at < template.Length && template[at] == '>' ? at + 1 : null;
    }

    static string Text(string value, bool inQuotes) => inQuotes ? Escaped(value) : $"\"{Escaped(value)}\"";

    static string Value(JsonElement? found, bool inQuotes) => found switch
    {
        null => inQuotes ? "" : "\"\"",
        { } value when !inQuotes => Encoding.UTF8.GetString(BusAnswer.Write(value.WriteTo)),
        { ValueKind: JsonValueKind.String } value => Escaped(value.GetString()!),
        { ValueKind: JsonValueKind.Object or JsonValueKind.Array } value => Unquoted(value),
        { } value => value.GetRawText(),
    };

    static string Unquoted(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Select(member => $"{Escaped(member.Name)}:{Unquoted(member.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Unquoted))}]",
        JsonValueKind.String => Escaped(value.GetString()!),
        _ => value.GetRawText(),
    };

    static string Escaped(string text) => JsonEncodedText.Encode(text, BusAnswer.Relaxed.Encoder).ToString();

    static string WithoutDetail(BusEvent one) => Encoding.UTF8.GetString(BusAnswer.Write(writer =>
    {
        writer.WriteStartObject();
        foreach (var member in one.Root.EnumerateObject().Where(member => !member.NameEquals("detail")))
            member.WriteTo(writer);
        writer.WriteEndObject();
    }));
}
