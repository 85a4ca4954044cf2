using System.Text.RegularExpressions;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>Tags of streams and of consumers.</summary>
static partial class StreamTags
{
    const int Most = 50;

    /// <exception cref="AwsException">A tag is not as tags must be, or there would be too many.</exception>
    public static IReadOnlyDictionary<string, string> Merge(StreamKey key, IReadOnlyDictionary<string, string> known, IReadOnlyDictionary<string, string>? added)
    {
        if (added is null)
            return known;
        if (added.Any(static tag => !Allowed().IsMatch(tag.Key) || !Allowed().IsMatch(tag.Value)))
            throw StreamsErrors.InvalidArgument(
                "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :.").AsException();
        if (added.Keys.Any(static tag => tag.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)))
            throw StreamsErrors.InvalidArgument("Tag keys that begin with aws: are reserved.").AsException();
        var merged = new Dictionary<string, string>(known, StringComparer.Ordinal);
        foreach (var (tag, value) in added)
            merged[tag] = value;
        return merged.Count <= Most
            ? merged
            : throw StreamsErrors.InvalidArgument(
                $"Failed to add tags to stream {key.Name} under account {key.AccountId} because a given stream cannot have more than {Most} tags associated with it.")
                .AsException();
    }

    public static IReadOnlyDictionary<string, string> Without(IReadOnlyDictionary<string, string> known, IReadOnlyList<string> keys) =>
        known.Where(tag => !keys.Contains(tag.Key)).ToDictionary(StringComparer.Ordinal);

    public static IEnumerable<TagOutput> Views(IReadOnlyDictionary<string, string> tags) =>
        tags.OrderBy(static tag => tag.Key, StringComparer.Ordinal).Select(static tag => new TagOutput(tag.Key, tag.Value));

    /// <summary>Changes the tags of the stream or the consumer that an ARN names.</summary>
    public static Task ChangeAsync(
        string arn, StreamServices services, Func<StreamKey, IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change)
    {
        var (key, consumer) = Locate(arn, services);
        return services.ChangeAsync(key, stream => consumer is null
            ? stream with { Tags = change(key, stream.Tags) }
            : stream with
            {
                Consumers = [.. stream.Consumers.Select(known => known.Name == consumer.Name ? known with { Tags = change(key, known.Tags) } : known)],
            });
    }

    /// <exception cref="AwsException">There is no such stream, or no such consumer.</exception>
    public static (StreamKey Key, StreamConsumer? Consumer) Locate(string arn, StreamServices services)
    {
        if (StreamArn.TryParse(arn) is not { } parsed)
            throw StreamsErrors.InvalidArgument($"{arn} is no ARN of a stream.").AsException();
        if (parsed.Consumer is not null)
            return ConsumerViews.ByArn(arn, services);
        services.Existing(parsed.Stream);
        return (parsed.Stream, null);
    }

    [GeneratedRegex(@"^[\p{L}\p{Z}\p{N}_.:/=+\-%@]*\z")]
    private static partial Regex Allowed();
}
