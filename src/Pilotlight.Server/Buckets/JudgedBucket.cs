using Pilotlight.Authorization;

namespace Pilotlight.Buckets;

/// <summary>Buckets and the objects in them, as decisions see them: the bucket's policy speaks for both.</summary>
sealed class JudgedBucket(BucketStore store) : IJudgedResource
{
    const string Prefix = "arn:aws:s3:::";

    public string Service => "s3";

    public string Kind => "";

    public IPolicyDocument? PolicyOf(string arn) => Find(arn)?.JudgedPolicy;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => arn.Contains('/') ? null : Find(arn)?.Settings.Tags;

    public string? OwnerOf(string arn) => Find(arn)?.AccountId;

    Bucket? Find(string arn)
    {
        if (!arn.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var end = arn.IndexOf('/', Prefix.Length);
        return store.Find(end < 0 ? arn[Prefix.Length..] : arn[Prefix.Length..end]);
    }
}
