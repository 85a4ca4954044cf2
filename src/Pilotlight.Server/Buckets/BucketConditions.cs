using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Buckets;

/// <summary>
/// S3's condition keys (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys).
/// </summary>
static class BucketConditions
{
    const string ExistingTag = "s3:existingobjecttag/";
    const string RequestTag = "s3:requestobjecttag/";

    public static ConditionValues Find(AwsRequest request, string key, BucketStore store) => key.ToLowerInvariant() switch
    {
        "s3:prefix" => Text(request.Query("prefix") ?? (request.Operation.Action == "s3:ListBucket" ? "" : null)),
        "s3:delimiter" => Text(request.Query("delimiter")),
        "s3:max-keys" => Text(request.Query("max-keys")),
        "s3:versionid" => Text(request.Query("versionId")),
        "s3:signatureversion" => request.Caller.Kind == CallerKind.Anonymous ? ConditionValues.None : "AWS4-HMAC-SHA256",
        "s3:authtype" => request.Caller.Kind == CallerKind.Anonymous ? ConditionValues.None
            : request.Http.Request.Headers.Authorization.Count > 0 ? "REST-HEADER" : "REST-QUERY-STRING",
        "s3:resourceaccount" => Text(store.Find(request.Address.Bucket)?.AccountId),
        "s3:x-amz-acl" => Text(request.GivenHeader("x-amz-acl")),
        "s3:x-amz-copy-source" => Text(request.GivenHeader("x-amz-copy-source")),
        "s3:x-amz-metadata-directive" => Text(request.GivenHeader("x-amz-metadata-directive")),
        "s3:x-amz-server-side-encryption" => Text(request.GivenHeader("x-amz-server-side-encryption")),
        "s3:x-amz-storage-class" => Text(request.GivenHeader("x-amz-storage-class")),
        "s3:x-amz-website-redirect-location" => Text(request.GivenHeader("x-amz-website-redirect-location")),
        "s3:x-amz-content-sha256" => Text(request.GivenHeader("x-amz-content-sha256")),
        "s3:x-amz-object-ownership" => Text(request.GivenHeader("x-amz-object-ownership")),
        "s3:if-none-match" => Text(request.GivenHeader("If-None-Match")),
        "s3:if-match" => Text(request.GivenHeader("If-Match")),
        "s3:locationconstraint" => Text(Location(request)),
        "s3:requestobjecttagkeys" => new ConditionValues([.. TagsOf(request).Keys]),
        var lower when lower.StartsWith(RequestTag, StringComparison.Ordinal) => Text(TagsOf(request).GetValueOrDefault(key[RequestTag.Length..])),
        var lower when lower.StartsWith(ExistingTag, StringComparison.Ordinal) => Text(Existing(request, store)?.GetValueOrDefault(key[ExistingTag.Length..])),
        _ => ConditionValues.None,
    };

    static ConditionValues Text(string? text) => text is null ? ConditionValues.None : text;

    static IReadOnlyDictionary<string, string>? Existing(AwsRequest request, BucketStore store) =>
        request.Address.IsObject && store.Find(request.Address.Bucket) is { } bucket
            ? store.FindObject(bucket, request.Address.Key, request.Query("versionId"))?.Head.Tags
            : null;

    static Dictionary<string, string> TagsOf(AwsRequest request)
    {
        try
        {
            return request.GivenHeader("x-amz-tagging") is { } header ? TagSet.ReadForm(header)
                : request.Operation.Name == "PutObjectTagging" && !request.Body.IsEmpty ? TagSet.ReadXml(BucketXml.Read(request, "Tagging"), TagSet.Most(isObject: true))
                : [];
        }
        catch (AwsException)
        {
            // The operation refuses what cannot be read.
            return [];
        }
    }

    static string? Location(AwsRequest request)
    {
        try
        {
            return request.Operation.Name == "CreateBucket" && !request.Body.IsEmpty ? BucketXml.Parse(request.Body).Text("LocationConstraint") : null;
        }
        catch (AwsException)
        {
            return null;
        }
    }
}
