using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>
/// Configurations that are checked, kept and given back as XML: encryption, lifecycle. Encryption is what S3 does by itself (AES256);
/// what a lifecycle asks for is not done.
/// </summary>
static class StoredConfigurations
{
    static readonly XNamespace s_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    const string DefaultEncryption =
        """<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>""";

    public static async ValueTask<AwsResult> PutEncryption(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var configuration = BucketXml.Read(request, "ServerSideEncryptionConfiguration");
        var rules = configuration.Children("Rule").ToList();
        if (rules.Count != 1)
            throw BucketErrors.MalformedXml.AsException();
        var algorithm = rules[0].Child("ApplyServerSideEncryptionByDefault")?.Required("SSEAlgorithm");
        if (algorithm is "aws:kms" or "aws:kms:dsse")
            throw BucketErrors.NotImplemented("x-amz-server-side-encryption").AsException();
        if (algorithm is not (null or "AES256"))
            throw BucketErrors.MalformedXml.AsException();
        // A rule without the flag is shown with it, as AWS shows it.
        if (rules[0].Child("BucketKeyEnabled") is null)
            rules[0].Add(new XElement(s_namespace + "BucketKeyEnabled", "false"));
        await services.Store.ChangeAsync(bucket, settings => settings with { Encryption = Normalised(configuration) });
        return AwsResult.Empty(200);
    }

    public static ValueTask<AwsResult> GetEncryption(AwsRequest request, BucketServices services) =>
        Xml(services.Store.Get(request.Address.Bucket).Settings.Encryption ?? DefaultEncryption);

    public static async ValueTask<AwsResult> DeleteEncryption(AwsRequest request, BucketServices services)
    {
        await services.Store.ChangeAsync(services.Store.Get(request.Address.Bucket), static settings => settings with { Encryption = null });
        return AwsResult.Empty(204);
    }

    public static async ValueTask<AwsResult> PutLifecycle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var configuration = BucketXml.Read(request, "LifecycleConfiguration");
        LifecycleRules.Check(configuration);
        await services.Store.ChangeAsync(bucket, settings => settings with { Lifecycle = Normalised(configuration) });
        if (request.GivenHeader("x-amz-transition-default-minimum-object-size") is { } size)
            request.Http.Response.Headers["x-amz-transition-default-minimum-object-size"] = size;
        return AwsResult.Empty(200);
    }

    public static ValueTask<AwsResult> GetLifecycle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        request.Http.Response.Headers["x-amz-transition-default-minimum-object-size"] = "all_storage_classes_128K";
        return bucket.Settings.Lifecycle is { } lifecycle
            ? Xml(lifecycle)
            : (AwsResult)BucketErrors.Missing("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", bucket.Name);
    }

    public static async ValueTask<AwsResult> DeleteLifecycle(AwsRequest request, BucketServices services)
    {
        await services.Store.ChangeAsync(services.Store.Get(request.Address.Bucket), static settings => settings with { Lifecycle = null });
        return AwsResult.Empty(204);
    }

    public static AwsResult Xml(string document) => AwsResult.Bytes(System.Text.Encoding.UTF8.GetBytes(document), "application/xml");

    /// <summary>Without spaces, comments and attributes, in S3's namespace.</summary>
    public static string Normalised(XElement element) => Clean(element).ToString(SaveOptions.DisableFormatting);

    static XElement Clean(XElement element) => element.HasElements
        ? new XElement(s_namespace + element.Name.LocalName, element.Elements().Select(Clean))
        : new XElement(s_namespace + element.Name.LocalName, element.Value);
}

/// <summary>What S3 demands of a lifecycle before it keeps it.</summary>
static class LifecycleRules
{
    const int MaxRules = 1000;

    /// <summary>Gives rules without an id one.</summary>
    public static void Check(XElement configuration)
    {
        var rules = configuration.Children("Rule").ToList();
        if (rules.Count is 0 or > MaxRules)
            throw BucketErrors.MalformedXml.AsException();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            if (rule.Required("Status") is not ("Enabled" or "Disabled"))
                throw BucketErrors.MalformedXml.AsException();
            if (!rule.Elements().Any(static child => child.Name.LocalName is "Expiration" or "Transition" or "NoncurrentVersionExpiration"
                or "NoncurrentVersionTransition" or "AbortIncompleteMultipartUpload"))
                throw BucketErrors.InvalidRequest("At least one action needs to be specified in a rule").AsException();
            var id = rule.Text("ID");
            if (string.IsNullOrEmpty(id))
            {
                rule.Child("ID")?.Remove();
                rule.AddFirst(new XElement(rule.Name.Namespace + "ID", id = Guid.NewGuid().ToString()));
            }

            if (id.Length > 255)
                throw BucketErrors.InvalidArgument("ID length should not exceed allowed limit of 255", "ID", id).AsException();
            if (!ids.Add(id))
                throw BucketErrors.InvalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID", id).AsException();
        }
    }
}
