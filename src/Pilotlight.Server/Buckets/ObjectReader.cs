using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Buckets;

/// <summary>Reads an object whole for another service that a caller asked to: the caller must be allowed to read it.</summary>
sealed class ObjectReader(BucketStore store, ObjectFiles files, Authorizer authorizer)
{
    /// <summary>The bytes, or S3's error. The bucket must be in the region of the request, as AWS demands it of packages.</summary>
    public async Task<(ReadOnlyMemory<byte> Bytes, AwsError? Error)> ReadAsync(AwsRequest request, string bucketName, string key, string? version, long maxBytes)
    {
        var arn = $"arn:aws:s3:::{bucketName}/{key}";
        if (store.Find(bucketName) is not { } bucket)
            return (default, BucketErrors.NoSuchBucket(bucketName));
        if (authorizer.Check(request, version is null ? "s3:GetObject" : "s3:GetObjectVersion", arn) is not null)
            return (default, BucketErrors.AccessDenied);
        if (bucket.Region != request.Region)
            return (default, new AwsError(301, "PermanentRedirect", $"The bucket is in this region: {bucket.Region}. Please use this region to retry the request"));
        if (store.FindObject(bucket, key, version) is not { IsMarker: false } found)
        {
            return (default, authorizer.Check(request, "s3:ListBucket", bucket.Arn) is not null ? BucketErrors.AccessDenied
                : version is null ? BucketErrors.NoSuchKey(key) : BucketErrors.NoSuchVersion(key, version));
        }

        if (found.Size > maxBytes)
            return (default, BucketErrors.TooLarge);
        if (files.TryLease(found.Body) is not { } lease)
            return (default, BucketErrors.NoSuchKey(key));
        using var body = new BodyReader(files, found.Body, new ByteRange(0, found.Size), lease);
        var bytes = new byte[found.Size];
        var filled = 0;
        while (await body.ReadAsync(bytes.AsMemory(filled), request.Aborted) is > 0 and var read)
            filled += read;
        return (bytes, null);
    }
}
