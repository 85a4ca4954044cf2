using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>Configurations that are kept and given back as XML, and the one that is no more than that: encryption, which S3 does by itself (AES256).</summary>
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

    public static AwsResult Xml(string document) => AwsResult.Bytes(System.Text.Encoding.UTF8.GetBytes(document), "application/xml");

    /// <summary>Without spaces, comments and attributes, in S3's namespace.</summary>
    public static string Normalised(XElement element) => Clean(element).ToString(SaveOptions.DisableFormatting);

    static XElement Clean(XElement element) => element.HasElements
        ? new XElement(s_namespace + element.Name.LocalName, element.Elements().Select(Clean))
        : new XElement(s_namespace + element.Name.LocalName, element.Value);
}
