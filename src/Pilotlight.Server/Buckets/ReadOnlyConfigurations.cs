using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>Settings that nobody can put here, as AWS shows them where nobody did: Terraform reads each of them.</summary>
static class ReadOnlyConfigurations
{
    public static ValueTask<AwsResult> Accelerate(AwsRequest request, BucketServices services) => Empty(request, services, "AccelerateConfiguration");

    public static ValueTask<AwsResult> Logging(AwsRequest request, BucketServices services) => Empty(request, services, "BucketLoggingStatus");

    public static ValueTask<AwsResult> RequestPayment(AwsRequest request, BucketServices services)
    {
        services.Store.Get(request.Address.Bucket);
        return BucketXml.Answer(request, "RequestPaymentConfiguration", (xml, _) => xml.Text("Payer", "BucketOwner"));
    }

    public static ValueTask<AwsResult> Website(AwsRequest request, BucketServices services) =>
        Missing(request, services, "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration");

    public static ValueTask<AwsResult> Replication(AwsRequest request, BucketServices services) =>
        Missing(request, services, "ReplicationConfigurationNotFoundError", "The replication configuration was not found");

    public static ValueTask<AwsResult> ObjectLock(AwsRequest request, BucketServices services) =>
        Missing(request, services, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket");

    static AwsResult Empty(AwsRequest request, BucketServices services, string root)
    {
        services.Store.Get(request.Address.Bucket);
        return BucketXml.Answer(request, root, static (_, _) => { });
    }

    static AwsResult Missing(AwsRequest request, BucketServices services, string code, string message) =>
        BucketErrors.Missing(code, message, services.Store.Get(request.Address.Bucket).Name);
}
