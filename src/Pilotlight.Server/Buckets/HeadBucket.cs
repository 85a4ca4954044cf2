using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html</summary>
static class HeadBucket
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var headers = request.Http.Response.Headers;
        headers["x-amz-bucket-region"] = bucket.Region;
        headers["x-amz-access-point-alias"] = "false";
        headers["x-amz-bucket-arn"] = bucket.Arn;
        headers.ContentType = "application/xml";
        return AwsResult.Empty(200);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html</summary>
static class DeleteBucket
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        await services.Store.DeleteAsync(services.Store.Get(request.Address.Bucket));
        return AwsResult.Empty(204);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html</summary>
static class GetBucketLocation
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        return BucketXml.Answer(request, "LocationConstraint", (_, writer) =>
        {
            if (bucket.Region != "us-east-1")
                writer.WriteString(bucket.Region);
        });
    }
}
