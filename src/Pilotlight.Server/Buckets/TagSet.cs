using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>Tags of buckets (50) and objects (10), in XML and in the header <c>x-amz-tagging</c>.</summary>
static class TagSet
{
    const int MaxOfObject = 10;
    public const int MaxOfBucket = 50;

    public static Dictionary<string, string> ReadXml(XElement tagging, int most)
    {
        if (tagging.Child("TagSet") is not { } set)
            throw BucketErrors.MalformedXml.AsException();
        return Check(set.Children("Tag").Select(static tag => (tag.Required("Key"), tag.Required("Value"))), most);
    }

    /// <summary><c>a=1&amp;b=2</c></summary>
    public static Dictionary<string, string> ReadForm(string form) => Check(
        form.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(static pair =>
        {
            var equals = pair.IndexOf('=');
            return equals < 0 ? (Decode(pair), "") : (Decode(pair[..equals]), Decode(pair[(equals + 1)..]));
        }),
        MaxOfObject);

    public static int Most(bool isObject) => isObject ? MaxOfObject : MaxOfBucket;

    public static AwsResult Answer(AwsRequest request, IReadOnlyDictionary<string, string> tags) =>
        BucketXml.Answer(request, "Tagging", (xml, _) => xml.Structure("TagSet", set =>
        {
            foreach (var (key, value) in tags)
            {
                set.Structure("Tag", tag =>
                {
                    tag.Text("Key", key);
                    tag.Text("Value", value);
                });
            }
        }));

    static string Decode(string text) => BucketAddress.Decode(text.Replace('+', ' '));

    static Dictionary<string, string> Check(IEnumerable<(string Key, string Value)> pairs, int most)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            if (key.Length is 0 or > 128)
                throw new AwsError(400, "InvalidTag", "The TagKey you have provided is invalid").AsException();
            if (value.Length > 256)
                throw new AwsError(400, "InvalidTag", "The TagValue you have provided is invalid").AsException();
            if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                throw new AwsError(400, "InvalidTag", "System tags cannot be added/updated by requester").AsException();
            if (!tags.TryAdd(key, value))
                throw new AwsError(400, "InvalidTag", "Cannot provide multiple Tags with the same key").AsException();
        }

        if (tags.Count > most)
            throw new AwsError(400, "BadRequest", most == MaxOfObject ? "Object tags cannot be greater than 10" : "Bucket tag count cannot be greater than 50").AsException();
        return tags;
    }
}
