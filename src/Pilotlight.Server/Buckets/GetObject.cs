using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html and …/API_HeadObject.html
/// </summary>
static class GetObject
{
    const int MaxLooks = 5;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var response = request.Http.Response;
        // A version may be deleted between the look at the index and that at its files: then the index is asked again.
        for (var attempt = 0; attempt < MaxLooks; attempt++)
        {
            var stored = Find(request, services, bucket);
            if (services.Intake.Files.TryLease(stored.Body) is not { } lease)
                continue;
            using (lease)
            {
                if (Describe(request, bucket, stored, out var range) is { } refused)
                    return refused;
                response.ContentLength = range.Length;
                if (HttpMethods.IsHead(request.Http.Request.Method))
                    return AwsResult.AlreadyWritten;
                using var body = new BodyReader(services.Intake.Files, stored.Body, range, lease);
                await body.CopyToAsync(response.Body, request.Aborted);
                return AwsResult.AlreadyWritten;
            }
        }

        throw new InvalidDataException($"The files of {request.Address.ObjectArn} are not where the index says.");
    }

    /// <summary>The version that the request means.</summary>
    /// <exception cref="AwsException">There is none, or it is a delete marker.</exception>
    public static StoredObject Find(AwsRequest request, BucketServices services, Bucket bucket)
    {
        var (key, version) = (request.Address.Key, request.Query("versionId"));
        ObjectHeaders.CheckKey(key);
        var found = services.Store.FindObject(bucket, key, version);
        if (found is { IsMarker: false })
            return found;
        var headers = request.Http.Response.Headers;
        if (found is not null)
        {
            headers["x-amz-delete-marker"] = "true";
            ObjectHeaders.WriteVersion(request, bucket, found.Version);
            if (version is not null)
            {
                headers.LastModified = found.Modified.ToString("R", CultureInfo.InvariantCulture);
                throw BucketErrors.MethodNotAllowed.AsException();
            }
        }

        // Whoever may not list the bucket does not learn what is not in it.
        if (services.Authorizer.Check(request, "s3:ListBucket", bucket.Arn) is not null)
            throw BucketErrors.AccessDenied.AsException();
        throw (version is null ? BucketErrors.NoSuchKey(key) : BucketErrors.NoSuchVersion(key, version)).AsException();
    }

    /// <summary>Writes the head of the answer; an error when there will be no body.</summary>
    static AwsError? Describe(AwsRequest request, Bucket bucket, StoredObject stored, out ByteRange range)
    {
        range = new ByteRange(0, stored.Size);
        var response = request.Http.Response;
        if (Preconditions.OfRead(request, stored) is { } failed)
        {
            response.Headers.ETag = stored.QuotedETag;
            response.Headers.LastModified = stored.Modified.ToString("R", CultureInfo.InvariantCulture);
            return failed;
        }

        var isPart = PartOf(request, stored, ref range, out var parts);
        if (!isPart && request.GivenHeader("Range") is { } asked)
        {
            var part = ByteRange.Of(asked, stored.Size, out var isSatisfiable);
            if (!isSatisfiable)
                return BucketErrors.InvalidRange(asked, stored.Size);
            isPart = part is not null;
            range = part ?? range;
        }

        ObjectHeaders.Write(request, stored);
        ObjectHeaders.WriteVersion(request, bucket, stored.Version);
        ObjectHeaders.WriteExpiration(request, bucket, stored);
        if (parts is not null)
            response.Headers["x-amz-mp-parts-count"] = parts;
        if (isPart)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {range.Start}-{range.Last}/{stored.Size}";
        }

        // Of a part alone it would be wrong.
        if (request.Header("x-amz-checksum-mode") is "ENABLED" or "enabled" && (!isPart || range.Length == stored.Size))
            ObjectHeaders.WriteChecksum(request, stored.Head.Checksum);
        return null;
    }

    /// <summary><c>partNumber</c>: one part as it was uploaded.</summary>
    static bool PartOf(AwsRequest request, StoredObject stored, ref ByteRange range, out string? count)
    {
        count = null;
        if (request.Query("partNumber") is not { } text)
            return false;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 10_000)
            throw BucketErrors.InvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text).AsException();
        if (request.GivenHeader("Range") is not null)
            throw BucketErrors.InvalidRequest("Cannot specify both Range header and partNumber query parameter").AsException();
        if (stored.Head.Parts is not { } parts)
        {
            return number == 1
                ? stored.Size > 0
                : throw new AwsError(416, "InvalidPartNumber", "The requested partnumber is not satisfiable").AsException();
        }

        if (number > parts.Count)
            throw new AwsError(416, "InvalidPartNumber", "The requested partnumber is not satisfiable").AsException();
        count = parts.Count.ToString(CultureInfo.InvariantCulture);
        range = new ByteRange(parts.Take(number - 1).Sum(static part => part.Size), parts[number - 1].Size);
        return range.Length > 0;
    }
}
