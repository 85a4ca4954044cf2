using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html</summary>
static class PutBucketTagging
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var tags = TagSet.ReadXml(BucketXml.Read(request, "Tagging"), TagSet.MaxOfBucket);
        await services.Store.ChangeAsync(bucket, settings => settings with { Tags = tags });
        return AwsResult.Empty(204);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html</summary>
static class GetBucketTagging
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        return bucket.Settings.Tags.Count > 0
            ? TagSet.Answer(request, bucket.Settings.Tags)
            : (AwsResult)BucketErrors.Missing("NoSuchTagSet", "The TagSet does not exist", bucket.Name);
    }
}
