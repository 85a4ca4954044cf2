using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Authorization;

/// <summary>
/// The tags that a request brings (<c>aws:RequestTag/…</c>) and the keys of those it sets or takes away (<c>aws:TagKeys</c>), in the
/// forms that services have for them: a map, a list of pairs, members of a form.
/// </summary>
static class RequestTags
{
    public static IReadOnlyList<KeyValuePair<string, string>> Of(AwsRequest request)
    {
        if (request.Operation.Service.Protocol == AwsProtocol.Query)
            return [.. OfForm(request.Form)];
        if (request.Body.IsEmpty || request.Operation.Service.Protocol == AwsProtocol.RestXml)
            return [];
        var body = request.Json();
        return body.TryGetProperty("Tags", out var tags) || body.TryGetProperty("tags", out tags) ? [.. OfJson(tags)] : [];
    }

    public static IReadOnlyList<string> KeysOf(AwsRequest request)
    {
        var keys = Of(request).Select(tag => tag.Key).ToList();
        keys.AddRange(request.QueryAll("tagKeys"));
        if (request.Operation.Service.Protocol == AwsProtocol.Query)
            keys.AddRange(request.Form.Where(member =>
                member.Key.StartsWith("TagKeys.member.", StringComparison.Ordinal) || member.Key.StartsWith("TagKey.", StringComparison.Ordinal)).Select(member => member.Value));
        else if (!request.Body.IsEmpty && request.Operation.Service.Protocol != AwsProtocol.RestXml && request.Json() is var body
            && (body.TryGetProperty("TagKeys", out var listed) || body.TryGetProperty("tagKeys", out listed)) && listed.ValueKind == JsonValueKind.Array)
            keys.AddRange(listed.EnumerateArray().Where(key => key.ValueKind == JsonValueKind.String).Select(key => key.GetString()!));
        return keys;
    }

    static IEnumerable<KeyValuePair<string, string>> OfJson(JsonElement tags)
    {
        if (tags.ValueKind == JsonValueKind.Object)
        {
            foreach (var tag in tags.EnumerateObject())
            {
                if (tag.Value.ValueKind == JsonValueKind.String)
                    yield return KeyValuePair.Create(tag.Name, tag.Value.GetString()!);
            }
        }
        else if (tags.ValueKind == JsonValueKind.Array)
        {
            foreach (var tag in tags.EnumerateArray())
            {
                if (tag.ValueKind == JsonValueKind.Object && Text(tag, "Key") is { } key)
                    yield return KeyValuePair.Create(key, Text(tag, "Value") ?? "");
            }
        }

        static string? Text(JsonElement tag, string name) =>
            tag.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    static IEnumerable<KeyValuePair<string, string>> OfForm(IReadOnlyDictionary<string, string> form)
    {
        foreach (var (name, key) in form)
        {
            // SQS's lists are flat: Tag.1.Key.
            if ((name.StartsWith("Tags.member.", StringComparison.Ordinal) || name.StartsWith("Tag.", StringComparison.Ordinal)) && name.EndsWith(".Key", StringComparison.Ordinal))
                yield return KeyValuePair.Create(key, form.GetValueOrDefault(name[..^3] + "Value", ""));
        }
    }
}
