using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace Pilotlight.Urls;

/// <summary>Status and headers that a function chose, checked: it is hostile, and they go to somebody's browser.</summary>
sealed record UrlHead(int Status, IReadOnlyList<(string Name, string Value)> Headers)
{
    const int MaxBytes = 64 * 1024;

    /// <summary>Null when it is malformed: a status that is none, values that are no text, names or values that no header can have.</summary>
    public static UrlHead? TryRead(JsonElement json)
    {
        try
        {
            return Read(json);
        }
        catch (InvalidOperationException)
        {
            // JsonElement refuses to hand out text that is no Unicode.
            return null;
        }
    }

    public bool HasHeader(string name) => Headers.Any(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public void WriteTo(HttpResponse response, string defaultContentType)
    {
        response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            if (UrlHeaders.Outgoing(name) is { } outgoing)
                response.Headers[outgoing] = StringValues.Concat(response.Headers[outgoing], value);
        }

        if (Status is not (204 or 304) && !HasHeader("content-type"))
            response.ContentType = defaultContentType;
    }

    static UrlHead? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        var status = 200;
        if (json.TryGetProperty("statusCode", out var code) && !TryReadStatus(code, out status))
            return null;
        var headers = new List<(string, string)>();
        var isGood = ReadHeaders(json, headers) && ReadManyHeaders(json, headers) && ReadCookies(json, headers);
        var size = 0;
        foreach (var (name, value) in headers)
        {
            isGood &= UrlHeaders.IsName(name) && UrlHeaders.IsValue(value);
            size += name.Length + value.Length;
        }

        return isGood && size <= MaxBytes ? new UrlHead(status, headers) : null;
    }

    static bool TryReadStatus(JsonElement code, out int status)
    {
        status = 0;
        var isNumber = code.ValueKind switch
        {
            JsonValueKind.Number => code.TryGetInt32(out status),
            JsonValueKind.String => int.TryParse(code.GetString(), System.Globalization.NumberStyles.None, null, out status),
            _ => false,
        };
        // An answer of 1xx is not the last one, and this is.
        return isNumber && status is >= 200 and <= 599;
    }

    static bool ReadHeaders(JsonElement json, List<(string, string)> to) => Each(json, "headers", JsonValueKind.Object, headers =>
    {
        foreach (var header in headers.EnumerateObject())
        {
            if (header.Value.ValueKind == JsonValueKind.Null)
                continue;
            if (Text(header.Value) is not { } value)
                return false;
            to.Add((header.Name, value));
        }

        return true;
    });

    static bool ReadManyHeaders(JsonElement json, List<(string, string)> to) => Each(json, "multiValueHeaders", JsonValueKind.Object, headers =>
    {
        foreach (var header in headers.EnumerateObject())
        {
            if (!ReadTexts(header.Value, header.Name, to))
                return false;
        }

        return true;
    });

    static bool ReadCookies(JsonElement json, List<(string, string)> to) =>
        Each(json, "cookies", JsonValueKind.Array, cookies => ReadTexts(cookies, "set-cookie", to));

    static bool ReadTexts(JsonElement values, string name, List<(string, string)> to)
    {
        if (values.ValueKind != JsonValueKind.Array)
            return false;
        foreach (var element in values.EnumerateArray())
        {
            if (Text(element) is not { } value)
                return false;
            to.Add((name, value));
        }

        return true;
    }

    /// <summary>What is absent or null is fine.</summary>
    static bool Each(JsonElement json, string member, JsonValueKind kind, Func<JsonElement, bool> read) =>
        !json.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null || (value.ValueKind == kind && read(value));

    static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };
}
