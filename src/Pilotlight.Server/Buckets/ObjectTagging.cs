using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html</summary>
static class PutObjectTagging
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var tags = TagSet.ReadXml(BucketXml.Read(request, "Tagging"), TagSet.Most(isObject: true));
        return await ChangeAsync(request, services, bucket, tags, ObjectEvent.Tagged, 200);
    }

    public static async Task<AwsResult> ChangeAsync(
        AwsRequest request, BucketServices services, Bucket bucket, IReadOnlyDictionary<string, string> tags, string happened, int status)
    {
        var stored = GetObject.Find(request, services, bucket);
        await services.Store.ChangeHeadAsync(bucket, stored, new ObjectEvent(happened, ChangeOrigin.Of(request)), head => head with { Tags = tags });
        ObjectHeaders.WriteVersion(request, bucket, stored.Version);
        return AwsResult.Empty(status);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html</summary>
static class GetObjectTagging
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var stored = GetObject.Find(request, services, bucket);
        ObjectHeaders.WriteVersion(request, bucket, stored.Version);
        return TagSet.Answer(request, stored.Head.Tags);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html</summary>
static class DeleteObjectTagging
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services) => await PutObjectTagging.ChangeAsync(
        request, services, services.Store.Get(request.Address.Bucket), new Dictionary<string, string>(), ObjectEvent.Untagged, 204);
}
