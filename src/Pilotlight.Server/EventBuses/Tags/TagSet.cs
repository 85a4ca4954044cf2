using System.Collections.Immutable;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

static class TagSet
{
    const int MaxTags = 50;

    /// <exception cref="AwsException">A key is reserved, or there are too many.</exception>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<KeyValuePair<string, string>> tags) => With(ImmutableSortedDictionary<string, string>.Empty, tags);

    public static IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string> known, IEnumerable<KeyValuePair<string, string>> tags)
    {
        var all = known.ToImmutableSortedDictionary(StringComparer.Ordinal).SetItems(tags);
        if (all.Keys.Any(key => key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)))
            throw AwsError.Validation("Tag keys must not begin with aws:").AsException();
        return all.Count > MaxTags ? throw AwsError.Validation($"The number of tags must not exceed {MaxTags}.").AsException() : all;
    }

    public static IReadOnlyDictionary<string, string> Without(IReadOnlyDictionary<string, string> known, IEnumerable<string> keys) =>
        known.ToImmutableSortedDictionary(StringComparer.Ordinal).RemoveRange(keys);
}
