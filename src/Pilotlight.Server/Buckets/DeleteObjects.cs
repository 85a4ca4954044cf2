using System.Security.Cryptography;
using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html</summary>
static class DeleteObjects
{
    public const int MaxBodyBytes = 4 * 1024 * 1024;
    const int MaxObjects = 1000;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request, isProofRequired: true);
        var delete = BucketXml.Read(request, "Delete");
        var asked = delete.Children("Object").Select(static item => (Key: item.Required("Key"), Version: Given(item, "VersionId"), ETag: Given(item, "ETag"))).ToList();
        if (asked.Count is 0 or > MaxObjects || asked.Any(static item => item.Key.Length == 0))
            throw BucketErrors.MalformedXml.AsException();
        var origin = ChangeOrigin.Of(request);
        // All at once, so that they share commits; the writer takes them in this order.
        var ends = await Task.WhenAll(asked.Select(item => DeleteAsync(request, services, bucket, item.Key, item.Version, item.ETag, origin)).ToList());
        var isQuiet = string.Equals(delete.Text("Quiet"), "true", StringComparison.OrdinalIgnoreCase);
        return BucketXml.Answer(request, "DeleteResult", (xml, _) =>
        {
            for (var index = 0; index < ends.Length; index++)
                Write(xml, asked[index].Key, asked[index].Version, ends[index].Outcome, ends[index].Error, isQuiet);
        });
    }

    static string? Given(XElement item, string name) => item.Text(name) is { Length: > 0 } text ? text : null;

    static async Task<(DeleteOutcome? Outcome, AwsError? Error)> DeleteAsync(
        AwsRequest request, BucketServices services, Bucket bucket, string key, string? version, string? etag, ChangeOrigin origin)
    {
        try
        {
            ObjectHeaders.CheckKey(key);
            var action = version is null ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
            if (services.Authorizer.Check(request, action, $"{bucket.Arn}/{key}") is { } refused)
                return (null, refused);
            return (await services.Store.DeleteObjectAsync(bucket, key, version, etag, origin), null);
        }
        catch (AwsException failed)
        {
            return (null, failed.Error);
        }
    }

    static void Write(QueryXml xml, string key, string? version, DeleteOutcome? outcome, AwsError? error, bool isQuiet)
    {
        if (error is not null)
        {
            xml.Structure("Error", failed =>
            {
                failed.Text("Key", key);
                failed.Text("VersionId", version);
                failed.Text("Code", error.Code);
                failed.Text("Message", error.Message);
            });
            return;
        }

        if (isQuiet)
            return;
        xml.Structure("Deleted", deleted =>
        {
            deleted.Text("Key", key);
            deleted.Text("VersionId", version);
            if (outcome!.IsMarker)
            {
                deleted.Text("DeleteMarker", "true");
                deleted.Text("DeleteMarkerVersionId", outcome.Version);
            }
        });
    }
}

/// <summary>A body that was read whole (settings, lists): what it says about itself must hold too.</summary>
static class WholeBody
{
    public static void Check(AwsRequest request, bool isProofRequired = false)
    {
        var claimed = ClaimedChecksum.Of(request);
        var md5 = request.Header("Content-MD5");
        if (md5 is not null && md5 != Convert.ToBase64String(MD5.HashData(request.Body.Span)))
            throw (md5.Length == 24 ? BucketErrors.BadDigest : BucketErrors.InvalidDigest).AsException();
        if (claimed?.Value is { } value)
        {
            using var computation = new ChecksumComputation(claimed.Algorithm);
            computation.Append(request.Body.Span);
            if (computation.Finish() != value)
                throw new AwsError(400, "BadDigest", $"The {claimed.Algorithm} you specified did not match the calculated checksum.").AsException();
        }
        else if (isProofRequired && md5 is null)
            throw BucketErrors.InvalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*").AsException();
    }
}
