using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>Tag keys that differ only in case are one key, here as in conditions.</summary>
static class TagRules
{
    const int MaxTags = 50;

    public static AwsError Duplicate { get; } =
        IamErrors.InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");

    public static void RefuseDuplicates(IReadOnlyList<Tag> tags)
    {
        if (tags.Select(tag => tag.Key).Distinct(StringComparer.OrdinalIgnoreCase).Count() != tags.Count)
            throw Duplicate.AsException();
    }

    /// <summary>A new value takes the place of the old one.</summary>
    public static IReadOnlyList<Tag> Add(IReadOnlyList<Tag> present, IReadOnlyList<Tag> added)
    {
        List<Tag> tags = [.. present.Where(tag => !Holds(added, tag.Key)), .. added];
        return tags.Count <= MaxTags
            ? tags
            : throw IamErrors.Limit("The number of tags has reached the maximum limit.").AsException();
    }

    public static IReadOnlyList<Tag> Remove(IReadOnlyList<Tag> present, IReadOnlyList<string> keys) =>
        [.. present.Where(tag => !keys.Contains(tag.Key, StringComparer.OrdinalIgnoreCase))];

    static bool Holds(IReadOnlyList<Tag> tags, string key) => tags.Any(tag => tag.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
}
