using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>Reads members of requests that the model has checked.</summary>
static class BusRequest
{
    extension(AwsRequest request)
    {
        public string? Text(string name) =>
            request.Json().TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        public string Required(string name) => request.Text(name) ?? "";

        public int? Number(string name) =>
            request.Json().TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

        public bool Flag(string name) => request.Json().TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

        /// <summary>A structure; null when it is not there.</summary>
        public JsonElement? Structure(string name) =>
            request.Json().TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value.Clone() : null;

        public IReadOnlyList<string> Texts(string name) => request.Json().TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
            : [];

        /// <summary>In the order of the request.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Tags()
        {
            if (!request.Json().TryGetProperty("Tags", out var tags) || tags.ValueKind != JsonValueKind.Array)
                return [];
            return [.. tags.EnumerateArray().Select(tag => KeyValuePair.Create(Member(tag, "Key") ?? "", Member(tag, "Value") ?? ""))];
        }

        /// <summary>The page that the request asks for, of resources whose names begin with a prefix.</summary>
        public BusPage<T> Page<T>(IEnumerable<KeyValuePair<string, T>> sorted, Func<T, string> name)
        {
            var prefix = request.Text("NamePrefix") ?? "";
            return BusPage<T>.Of(
                sorted.Where(entry => name(entry.Value).StartsWith(prefix, StringComparison.Ordinal)), request.Text("NextToken"), request.Number("Limit") ?? 100);
        }

        /// <summary>Seconds since 1970 or ISO 8601.</summary>
        /// <exception cref="AwsException">Neither.</exception>
        public DateTimeOffset? Time(string name) => request.Json().TryGetProperty(name, out var value) ? TimeOf(value) : null;
    }

    public static string? Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static DateTimeOffset? TimeOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= -62_135_596_800 and < 253_402_300_800)
            return DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
        if (value.ValueKind == JsonValueKind.String
            && DateTimeOffset.TryParse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time))
            return time;
        throw AwsError.Serialization("STRING_VALUE can not be converted to a Timestamp").AsException();
    }
}
