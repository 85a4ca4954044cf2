using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html</summary>
static class PutObject
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var address = request.Address;
        var bucket = services.Store.Get(address.Bucket);
        ObjectHeaders.CheckKey(address.Key);
        var head = ObjectHeaders.Read(request);
        var condition = Preconditions.OfWrite(request);
        var body = await services.Intake.ReceiveAsync(request, ChecksumAlgorithm.Default);
        var stored = await StoreAsync(services, bucket, address.Key, head, body, condition, new ObjectEvent(ObjectEvent.Put, ChangeOrigin.Of(request)));
        var headers = request.Http.Response.Headers;
        headers.ETag = stored.QuotedETag;
        headers["x-amz-server-side-encryption"] = "AES256";
        ObjectHeaders.WriteVersion(request, bucket, stored.Version == StoredObject.NullVersion ? null : stored.Version);
        ObjectHeaders.WriteExpiration(request, bucket, stored);
        ObjectHeaders.WriteChecksum(request, stored.Head.Checksum);
        return AwsResult.Empty(200);
    }

    /// <summary>Makes an object of a body that lies there; when it is refused, the body goes.</summary>
    public static async Task<StoredObject> StoreAsync(
        BucketServices services, Bucket bucket, string key, ObjectHead head, ReceivedBody body, WriteCondition condition, ObjectEvent happened)
    {
        var candidate = new StoredObject
        {
            BucketId = bucket.Id,
            Key = key,
            Size = body.Size,
            ETag = body.Md5,
            Body = body.Files,
            Head = head with { Checksum = new ObjectChecksum(body.Algorithm, body.Checksum, ObjectChecksum.Full), Parts = null },
        };
        try
        {
            return await services.Store.PutAsync(bucket, candidate, condition, happened);
        }
        catch
        {
            services.Intake.Files.Delete(body.Files);
            throw;
        }
    }
}
