using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html</summary>
static class PutBucketVersioning
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var configuration = BucketXml.Read(request, "VersioningConfiguration");
        if (configuration.Text("MfaDelete") is "Enabled")
            throw BucketErrors.NotImplemented("x-amz-mfa").AsException();
        var versioning = configuration.Text("Status") switch
        {
            "Enabled" => Versioning.Enabled,
            "Suspended" => Versioning.Suspended,
            null => throw new AwsError(400, "IllegalVersioningConfigurationException", "The Versioning element must be specified").AsException(),
            _ => throw BucketErrors.MalformedXml.AsException(),
        };
        await services.Store.ChangeAsync(bucket, settings => settings with { Versioning = versioning });
        return AwsResult.Empty(200);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html</summary>
static class GetBucketVersioning
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        return BucketXml.Answer(request, "VersioningConfiguration", (xml, _) =>
        {
            if (bucket.Settings.Versioning != Versioning.Never)
                xml.Text("Status", bucket.Settings.Versioning.ToString());
        });
    }
}
