using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html</summary>
static class DeleteObject
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        ObjectHeaders.CheckKey(request.Address.Key);
        var outcome = await services.Store.DeleteObjectAsync(
            bucket, request.Address.Key, request.Query("versionId"), request.GivenHeader("If-Match"), ChangeOrigin.Of(request));
        if (outcome.Version is { } version)
            request.Http.Response.Headers["x-amz-version-id"] = version;
        if (outcome.IsMarker)
            request.Http.Response.Headers["x-amz-delete-marker"] = "true";
        return AwsResult.Empty(204);
    }
}
