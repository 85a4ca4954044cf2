using System.Collections.Immutable;
using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>What AWS takes as tags of a queue.</summary>
static class QueueTags
{
    const int Most = 50;

    public static AwsError? Refusal(IReadOnlyList<KeyValuePair<string, string>> tags, ImmutableSortedDictionary<string, string> before)
    {
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > 128 || key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                return SqsErrors.InvalidParameter($"Tag key '{(key.Length <= 128 ? key : key[..128])}' is invalid.");
            if (value.Length > 256)
                return SqsErrors.InvalidParameter($"Tag value of key '{key}' is invalid.");
        }

        return before.SetItems(tags).Count > Most ? SqsErrors.InvalidParameter($"Too many tags. A queue can have at most {Most} tags.") : null;
    }
}
