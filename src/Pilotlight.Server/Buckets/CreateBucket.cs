using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html</summary>
static class CreateBucket
{
    const string Home = "us-east-1";

    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var name = request.Address.Bucket;
        // Names are everybody's: one that another account has is taken, whatever the policy of its bucket says.
        if (request.Caller.Kind != CallerKind.Anonymous && services.Store.Find(name) is { } taken && taken.AccountId != request.AccountId)
            return BucketErrors.OwnedBySomebody(name);
        if (services.Authorizer.Check(request, "s3:CreateBucket", request.Address.BucketArn) is { } refused)
            return refused;
        if (!Bucket.IsName(name))
            throw BucketErrors.InvalidBucketName(name).AsException();
        if (string.Equals(request.GivenHeader("x-amz-bucket-object-lock-enabled"), "true", StringComparison.OrdinalIgnoreCase))
            throw BucketErrors.NotImplemented("x-amz-bucket-object-lock-enabled").AsException();
        ObjectHeaders.CheckAcl(request);
        var ownership = request.GivenHeader("x-amz-object-ownership") ?? "BucketOwnerEnforced";
        if (ownership is not ("BucketOwnerEnforced" or "BucketOwnerPreferred" or "ObjectWriter"))
            throw BucketErrors.InvalidArgument("Invalid x-amz-object-ownership header: " + ownership, "x-amz-object-ownership", ownership).AsException();
        var (region, tags) = Read(request);
        var settings = new BucketSettings { Ownership = ownership, Tags = tags };
        if (await services.Store.TryCreateAsync(name, request.AccountId, region, settings) is null)
        {
            if (services.Store.Find(name) is not { } other || other.AccountId != request.AccountId)
                throw BucketErrors.OwnedBySomebody(name).AsException();
            // As it always was in the first region: what is there already was made.
            if (other.Region != Home || region != Home)
                throw BucketErrors.OwnedByYou(name).AsException();
        }

        request.Http.Response.Headers.Location = region == Home ? $"/{name}" : $"http://{name}.s3.amazonaws.com/";
        request.Http.Response.Headers["x-amz-bucket-arn"] = $"arn:aws:s3:::{name}";
        return AwsResult.Empty(200);
    }

    static (string Region, IReadOnlyDictionary<string, string> Tags) Read(AwsRequest request)
    {
        var none = new Dictionary<string, string>();
        if (request.Body.IsEmpty)
            return request.Region == Home ? (Home, none) : throw Unspecific().AsException();
        var configuration = BucketXml.Read(request, "CreateBucketConfiguration");
        var tags = configuration.Child("Tags") is { } given
            ? TagSet.ReadXml(new System.Xml.Linq.XElement("Tagging", new System.Xml.Linq.XElement("TagSet", given.Elements())), TagSet.MaxOfBucket)
            : none;
        var location = configuration.Text("LocationConstraint");
        if (string.IsNullOrEmpty(location))
            return request.Region == Home ? (Home, tags) : throw Unspecific().AsException();
        location = location == "EU" ? "eu-west-1" : location;
        if (location == Home || !Authentication.RegionName.IsWellFormed(location))
            throw new AwsError(400, "InvalidLocationConstraint", "The specified location-constraint is not valid").AsException();
        if (request.Region != Home && request.Region != location)
        {
            throw new AwsError(400, "IllegalLocationConstraintException", $"The {location} location constraint is incompatible for the region specific endpoint this request was sent to.").AsException();
        }

        return (location, tags);
    }

    static AwsError Unspecific() => new(
        400, "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.");
}
