using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pilotlight.Tests.Targets;

/// <summary>
/// Compares a whole event with its shape: every member in its order, every type, every value. What differs from event to event stands in the
/// shape as a text like <c>&lt;uuid&gt;</c>.
/// </summary>
static partial class EventShape
{
    public static void Same(string shape, string json)
    {
        using var wanted = JsonDocument.Parse(shape);
        using var seen = JsonDocument.Parse(json);
        Compare(wanted.RootElement, seen.RootElement, "$", json);
    }

    static void Compare(JsonElement wanted, JsonElement seen, string path, string json)
    {
        if (wanted.ValueKind == JsonValueKind.String && wanted.GetString() is ['<', .., '>'] kind)
        {
            Assert.True(Is(kind, seen), $"{path} should be {kind} and is {seen.GetRawText()} in {json}");
            return;
        }

        Assert.True(wanted.ValueKind == seen.ValueKind, $"{path} should be {wanted.GetRawText()} and is {seen.GetRawText()} in {json}");
        switch (wanted.ValueKind)
        {
            case JsonValueKind.Object:
                // Clients send headers in an order of their own.
                var isAnyOrder = path.EndsWith("eaders", StringComparison.Ordinal);
                var (names, found) = (NamesOf(wanted, isAnyOrder), NamesOf(seen, isAnyOrder));
                Assert.True(names.SequenceEqual(found), $"{path} should have {string.Join(", ", names)} and has {string.Join(", ", found)} in {json}");
                foreach (var member in wanted.EnumerateObject())
                    Compare(member.Value, seen.GetProperty(member.Name), $"{path}.{member.Name}", json);
                break;
            case JsonValueKind.Array:
                Assert.True(wanted.GetArrayLength() == seen.GetArrayLength(), $"{path} should have {wanted.GetArrayLength()} items and has {seen.GetArrayLength()} in {json}");
                for (var index = 0; index < wanted.GetArrayLength(); index++)
                    Compare(wanted[index], seen[index], $"{path}[{index}]", json);
                break;
            case JsonValueKind.String:
                Assert.True(wanted.GetString() == seen.GetString(), $"{path} should be {wanted.GetRawText()} and is {seen.GetRawText()} in {json}");
                break;
            default:
                Assert.True(wanted.GetRawText() == seen.GetRawText(), $"{path} should be {wanted.GetRawText()} and is {seen.GetRawText()} in {json}");
                break;
        }
    }

    static List<string> NamesOf(JsonElement json, bool isAnyOrder)
    {
        var names = json.EnumerateObject().Select(static member => member.Name).ToList();
        if (isAnyOrder)
            names.Sort(StringComparer.Ordinal);
        return names;
    }

    static bool Is(string kind, JsonElement seen) => kind switch
    {
        "<int>" => seen.ValueKind == JsonValueKind.Number && seen.TryGetInt64(out _),
        "<seconds.mmm>" => seen.ValueKind == JsonValueKind.Number && Fraction().IsMatch(seen.GetRawText()),
        _ when seen.ValueKind != JsonValueKind.String => false,
        "<uuid>" => Guid.TryParseExact(seen.GetString(), "D", out _),
        "<time>" => IsTime(seen, "yyyy-MM-dd'T'HH:mm:ss'Z'"),
        "<time.mmm>" => IsTime(seen, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
        "<log time>" => IsTime(seen, "dd/MMM/yyyy:HH:mm:ss '+0000'"),
        "<milliseconds>" => Milliseconds().IsMatch(seen.GetString()!),
        "<hex>" => Hex().IsMatch(seen.GetString()!),
        "<digits>" => Digits().IsMatch(seen.GetString()!),
        "<base64>" => seen.TryGetBytesFromBase64(out var bytes) && bytes.Length > 0,
        "<trace>" => Trace().IsMatch(seen.GetString()!),
        "<text>" => seen.GetString()!.Length > 0,
        _ => throw new ArgumentException(kind),
    };

    static bool IsTime(JsonElement seen, string format) =>
        DateTimeOffset.TryParseExact(seen.GetString(), format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    [GeneratedRegex(@"\A[0-9]{10}\.[0-9]{3}\z")]
    private static partial Regex Fraction();

    [GeneratedRegex(@"\A[0-9]{13}\z")]
    private static partial Regex Milliseconds();

    [GeneratedRegex(@"\A[0-9A-Fa-f]{8,}\z")]
    private static partial Regex Hex();

    [GeneratedRegex(@"\A[0-9]+\z")]
    private static partial Regex Digits();

    [GeneratedRegex(@"\ARoot=1-[0-9a-f]{8}-[0-9a-f]{24}(;.*)?\z")]
    private static partial Regex Trace();
}
