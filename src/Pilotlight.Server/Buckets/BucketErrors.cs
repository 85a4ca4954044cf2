using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>S3's words (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).</summary>
static class BucketErrors
{
    public static AwsError InvalidUri { get; } = new(400, "InvalidURI", "Couldn't parse the specified URI.");

    public static AwsError AccessDenied { get; } = new(403, "AccessDenied", "Access Denied");

    public static AwsError MethodNotAllowed { get; } = new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");

    public static AwsError MalformedXml { get; } =
        new(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");

    public static AwsError MissingBody { get; } = new(400, "MissingRequestBodyError", "Request Body is empty");

    public static AwsError MissingLength { get; } = new(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");

    public static AwsError TooLarge { get; } = new(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");

    public static AwsError NotModified { get; } = new(304, "NotModified", "Not Modified");

    public static AwsError InvalidDigest { get; } = new(400, "InvalidDigest", "The Content-MD5 you specified was invalid.");

    public static AwsError BadDigest { get; } = new(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");

    public static AwsError InvalidPart { get; } = new(
        400, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.");

    public static AwsError InvalidPartOrder { get; } = new(
        400, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.");

    public static AwsError NoSuchBucket(string bucket) =>
        new AwsError(404, "NoSuchBucket", "The specified bucket does not exist") with { Members = [("BucketName", bucket)] };

    public static AwsError NoSuchKey(string key) => new AwsError(404, "NoSuchKey", "The specified key does not exist.") with { Members = [("Key", key)] };

    public static AwsError NoSuchVersion(string key, string version) =>
        new AwsError(404, "NoSuchVersion", "The specified version does not exist.") with { Members = [("Key", key), ("VersionId", version)] };

    public static AwsError NoSuchUpload(string upload) =>
        new AwsError(404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.") with
        {
            Members = [("UploadId", upload)],
        };

    public static AwsError BucketNotEmpty(string bucket) =>
        new AwsError(409, "BucketNotEmpty", "The bucket you tried to delete is not empty") with { Members = [("BucketName", bucket)] };

    public static AwsError OwnedByYou(string bucket) =>
        new AwsError(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.") with
        {
            Members = [("BucketName", bucket)],
        };

    public static AwsError OwnedBySomebody(string bucket) => new AwsError(
        409, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.") with
    {
        Members = [("BucketName", bucket)],
    };

    public static AwsError InvalidBucketName(string bucket) =>
        new AwsError(400, "InvalidBucketName", "The specified bucket is not valid.") with { Members = [("BucketName", bucket)] };

    public static AwsError KeyTooLong(int bytes) => new AwsError(400, "KeyTooLongError", "Your key is too long") with
    {
        Members = [("Size", bytes.ToString()), ("MaxSizeAllowed", "1024")],
    };

    public static AwsError PreconditionFailed(string condition) =>
        new AwsError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold") with { Members = [("Condition", condition)] };

    public static AwsError InvalidRange(string range, long size) => new AwsError(416, "InvalidRange", "The requested range is not satisfiable") with
    {
        Members = [("RangeRequested", range), ("ActualObjectSize", size.ToString())],
    };

    public static AwsError InvalidArgument(string message, string name, string? value) => new AwsError(400, "InvalidArgument", message) with
    {
        Members = value is null ? [("ArgumentName", name)] : [("ArgumentName", name), ("ArgumentValue", value)],
    };

    public static AwsError InvalidRequest(string message) => new(400, "InvalidRequest", message);

    public static AwsError NotImplemented(string header) =>
        new AwsError(501, "NotImplemented", "A header you provided implies functionality that is not implemented") with { Members = [("Header", header)] };

    public static AwsError Missing(string code, string message, string bucket) => new AwsError(404, code, message) with { Members = [("BucketName", bucket)] };
}
