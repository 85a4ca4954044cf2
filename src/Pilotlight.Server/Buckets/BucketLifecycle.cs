using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html</summary>
static class PutBucketLifecycleConfiguration
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var configuration = BucketXml.Read(request, "LifecycleConfiguration");
        LifecycleReader.Read(configuration);
        var document = StoredConfigurations.Normalised(configuration);
        await services.Store.ChangeAsync(bucket, settings => settings with { Lifecycle = document });
        services.Lifecycle.Set();
        if (request.GivenHeader(GetBucketLifecycleConfiguration.SizeHeader) is { } size)
            request.Http.Response.Headers[GetBucketLifecycleConfiguration.SizeHeader] = size;
        return AwsResult.Empty(200);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html</summary>
static class GetBucketLifecycleConfiguration
{
    public const string SizeHeader = "x-amz-transition-default-minimum-object-size";

    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        request.Http.Response.Headers[SizeHeader] = "all_storage_classes_128K";
        return bucket.Settings.Lifecycle is { } lifecycle
            ? StoredConfigurations.Xml(lifecycle)
            : (AwsResult)BucketErrors.Missing("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", bucket.Name);
    }
}
