using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Pilotlight.HttpApis;

/// <summary>Lays the members of a request over a stored resource, as create and update both do.</summary>
static class ApiPatch
{
    /// <summary>
    /// Members that are absent or null stay as they are, and an empty text takes the member away. Of a map the entries that are given are
    /// set; an empty value takes an entry away.
    /// </summary>
    /// <param name="members">What a request may set.</param>
    /// <param name="maps">Those of them that are maps.</param>
    public static T Apply<T>(T current, JsonElement request, JsonTypeInfo<T> type, ReadOnlySpan<string> members, params ReadOnlySpan<string> maps)
    {
        var document = JsonSerializer.SerializeToNode(current, type)!.AsObject();
        foreach (var member in members)
        {
            if (!request.TryGetProperty(member, out var given) || given.ValueKind == JsonValueKind.Null)
                continue;
            if (given.ValueKind == JsonValueKind.String && given.GetString() is "")
                document.Remove(member);
            else if (given.ValueKind == JsonValueKind.Object && maps.Contains(member))
                document[member] = Merge(document[member] as JsonObject ?? [], given);
            else
                document[member] = JsonNode.Parse(given.GetRawText());
        }

        return document.Deserialize(type)!;
    }

    static JsonObject Merge(JsonObject map, JsonElement given)
    {
        foreach (var entry in given.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.String && entry.Value.GetString() is "")
                map.Remove(entry.Name);
            else
                map[entry.Name] = JsonNode.Parse(entry.Value.GetRawText());
        }

        // A node can only stand in one place.
        return map.DeepClone().AsObject();
    }
}
