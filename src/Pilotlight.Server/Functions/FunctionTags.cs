using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>AWS's rules for tags.</summary>
static class FunctionTags
{
    const int MaxTags = 50;
    const int MaxKey = 128;
    const int MaxValue = 256;

    public static IReadOnlyDictionary<string, string> Merge(
        IReadOnlyDictionary<string, string> current, IReadOnlyDictionary<string, string>? added)
    {
        if (added is not { Count: > 0 })
            return current;
        foreach (var (key, value) in added)
            Check(key, value);
        var merged = new Dictionary<string, string>(current, StringComparer.Ordinal);
        foreach (var (key, value) in added)
            merged[key] = value;
        return merged.Count > MaxTags ? throw FunctionErrors.TooManyTags.AsException() : merged;
    }

    static void Check(string key, string value)
    {
        if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            throw AwsError.InvalidParameter("Tag keys that start with 'aws:' are reserved.").AsException();
        if (key.Length is 0 or > MaxKey)
            throw AwsError.InvalidParameter($"Tag keys must have between 1 and {MaxKey} characters.").AsException();
        if (value.Length > MaxValue)
            throw AwsError.InvalidParameter($"Tag values must have at most {MaxValue} characters.").AsException();
    }
}
