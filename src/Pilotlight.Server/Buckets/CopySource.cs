using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>What a copy is made of: <c>x-amz-copy-source: /BUCKET/KEY?versionId=V</c>, percent-encoded.</summary>
sealed record CopySource(string Bucket, string Key, string? Version)
{
    const int MaxLooks = 5;
    const string Mark = "?versionId=";

    public string Arn => $"arn:aws:s3:::{Bucket}/{Key}";

    public static bool IsIn(HttpRequest request) => request.Headers.ContainsKey("x-amz-copy-source");

    /// <summary>What the caller must be allowed to read, when it is this kind of reading; else null.</summary>
    public static string? ArnOf(AwsRequest request, bool ofVersion) => Of(request) is var source && source.Version is not null == ofVersion ? source.Arn : null;

    /// <exception cref="AwsException">InvalidArgument.</exception>
    public static CopySource Of(AwsRequest request)
    {
        var text = request.Header("x-amz-copy-source") ?? "";
        var mark = text.IndexOf(Mark, StringComparison.Ordinal);
        var path = BucketAddress.Decode(mark < 0 ? text : text[..mark]);
        path = path.StartsWith('/') ? path[1..] : path;
        var slash = path.IndexOf('/');
        if (slash < 1 || slash == path.Length - 1)
            throw BucketErrors.InvalidArgument("Invalid copy source object key", "x-amz-copy-source", text).AsException();
        return new CopySource(path[..slash], path[(slash + 1)..], mark < 0 ? null : BucketAddress.Decode(text.AsSpan(mark + Mark.Length)));
    }

    /// <summary>The object, its body held until the lease ends.</summary>
    /// <exception cref="AwsException">There is none, or a condition does not hold.</exception>
    public (StoredObject Object, IDisposable Lease) Open(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(Bucket);
        for (var attempt = 0; attempt < MaxLooks; attempt++)
        {
            var found = services.Store.FindObject(bucket, Key, Version);
            if (found is null or { IsMarker: true })
            {
                if (services.Authorizer.Check(request, "s3:ListBucket", bucket.Arn) is not null)
                    throw BucketErrors.AccessDenied.AsException();
                throw (found is not null && Version is not null
                    ? BucketErrors.InvalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
                    : Version is null ? BucketErrors.NoSuchKey(Key) : BucketErrors.NoSuchVersion(Key, Version)).AsException();
            }

            if (Preconditions.OfCopy(request, found) is { } failed)
                throw failed.AsException();
            if (services.Intake.Files.TryLease(found.Body) is { } lease)
                return (found, lease);
        }

        throw new InvalidDataException($"The files of {Arn} are not where the index says.");
    }
}
