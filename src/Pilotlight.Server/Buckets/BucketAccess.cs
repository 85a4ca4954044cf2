using System.Xml;
using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html</summary>
static class PutPublicAccessBlock
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var configuration = BucketXml.Read(request, "PublicAccessBlockConfiguration");
        var block = new PublicAccessBlock(
            Flag(configuration, "BlockPublicAcls"), Flag(configuration, "IgnorePublicAcls"), Flag(configuration, "BlockPublicPolicy"),
            Flag(configuration, "RestrictPublicBuckets"));
        await services.Store.ChangeAsync(bucket, settings => settings with { PublicAccess = block });
        return AwsResult.Empty(200);
    }

    static bool Flag(XElement configuration, string name) => configuration.Text(name) switch
    {
        null => false,
        var text => bool.TryParse(text, out var flag) ? flag : throw BucketErrors.MalformedXml.AsException(),
    };
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html</summary>
static class GetPublicAccessBlock
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        if (bucket.Settings.PublicAccess is not { } block)
            return (AwsResult)BucketErrors.Missing("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", bucket.Name);
        return BucketXml.Answer(request, "PublicAccessBlockConfiguration", (xml, _) =>
        {
            xml.Flag("BlockPublicAcls", block.BlockPublicAcls);
            xml.Flag("IgnorePublicAcls", block.IgnorePublicAcls);
            xml.Flag("BlockPublicPolicy", block.BlockPublicPolicy);
            xml.Flag("RestrictPublicBuckets", block.RestrictPublicBuckets);
        });
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html</summary>
static class PutBucketOwnershipControls
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var ownership = BucketXml.Read(request, "OwnershipControls").Child("Rule")?.Required("ObjectOwnership");
        if (ownership is not ("BucketOwnerEnforced" or "BucketOwnerPreferred" or "ObjectWriter"))
            throw BucketErrors.MalformedXml.AsException();
        await services.Store.ChangeAsync(bucket, settings => settings with { Ownership = ownership });
        return AwsResult.Empty(200);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html</summary>
static class GetBucketOwnershipControls
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        if (bucket.Settings.Ownership is not { } ownership)
            return (AwsResult)BucketErrors.Missing("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", bucket.Name);
        return BucketXml.Answer(request, "OwnershipControls", (xml, _) => xml.Structure("Rule", rule => rule.Text("ObjectOwnership", ownership)));
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html and …/API_GetObjectAcl.html: the owner may everything, nobody else anything.</summary>
static class GetBucketAcl
{
    const string Instance = "http://www.w3.org/2001/XMLSchema-instance";

    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        if (request.Address.IsObject)
            ObjectHeaders.WriteVersion(request, bucket, GetObject.Find(request, services, bucket).Version);
        return BucketXml.Answer(request, "AccessControlPolicy", (xml, writer) =>
        {
            Owner.Write(xml, bucket.AccountId);
            xml.Structure("AccessControlList", list => list.Structure("Grant", grant =>
            {
                WriteGrantee(writer, bucket);
                grant.Text("Permission", "FULL_CONTROL");
            }));
        });
    }

    static void WriteGrantee(XmlWriter writer, Bucket bucket)
    {
        writer.WriteStartElement("Grantee");
        writer.WriteAttributeString("xmlns", "xsi", null, Instance);
        writer.WriteAttributeString("xsi", "type", Instance, "CanonicalUser");
        writer.WriteElementString("ID", Owner.CanonicalId(bucket.AccountId));
        writer.WriteEndElement();
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html: only what is so already.</summary>
static class PutBucketAcl
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        ObjectHeaders.CheckAcl(request);
        if (request.Body.IsEmpty && request.GivenHeader("x-amz-acl") is null)
            throw new AwsError(400, "MissingSecurityHeader", "Your request was missing a required header").AsException();
        if (!request.Body.IsEmpty)
        {
            var grants = BucketXml.Read(request, "AccessControlPolicy").Child("AccessControlList")?.Children("Grant").ToList() ?? [];
            if (grants.Count != 1 || grants[0].Child("Grantee")?.Text("ID") != Owner.CanonicalId(bucket.AccountId) || grants[0].Text("Permission") != "FULL_CONTROL")
                throw new AwsError(400, "AccessControlListNotSupported", "The bucket does not allow ACLs").AsException();
        }

        return AwsResult.Empty(200);
    }
}
