using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html</summary>
static class PutBucketPolicy
{
    const int MaxBytes = 20 * 1024;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        if (request.Body.IsEmpty)
            throw BucketErrors.MissingBody.AsException();
        if (request.Body.Length > MaxBytes)
            throw Malformed("Policies must not exceed 20480 bytes").AsException();
        var text = Decode(request.Body);
        if (Policy.TryParse(text, PolicyKind.Resource, "bucket policy", out var error) is null)
            throw Malformed(error?.Message ?? "This policy contains invalid Json").AsException();
        CheckResources(text, bucket);
        await services.Store.ChangeAsync(bucket, settings => settings.PublicAccess is { BlockPublicPolicy: true } && PublicPolicy.IsPublic(text)
            ? throw new AwsError(403, "AccessDenied", $"User: {request.Caller.Arn} is not authorized to perform: s3:PutBucketPolicy on resource: \"{bucket.Arn}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.").AsException()
            : settings with { Policy = text });
        return AwsResult.Empty(204);
    }

    static string Decode(ReadOnlyMemory<byte> body)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body.Span);
        }
        catch (ArgumentException)
        {
            throw Malformed("This policy contains invalid Json").AsException();
        }
    }

    /// <summary>A bucket's policy speaks of this bucket and what is in it, and of nothing else.</summary>
    static void CheckResources(string text, Bucket bucket)
    {
        JsonNode? statements;
        try
        {
            statements = JsonNode.Parse(text)?["Statement"];
            foreach (var statement in statements is JsonArray many ? many : (IEnumerable<JsonNode?>)[statements])
            {
                if (statement is JsonObject members && (members["Resource"] ?? members["NotResource"]) is { } resource
                    && !(resource is JsonArray items ? items : (IEnumerable<JsonNode?>)[resource]).All(item => item is JsonValue value && IsOf(value.ToString(), bucket)))
                    throw Malformed("Policy has invalid resource").AsException();
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            throw Malformed("This policy contains invalid Json").AsException();
        }
    }

    static bool IsOf(string resource, Bucket bucket) => resource == bucket.Arn || resource.StartsWith(bucket.Arn + "/", StringComparison.Ordinal)
        || resource == bucket.Arn + "*" || (resource.Contains("${", StringComparison.Ordinal) && resource.StartsWith(bucket.Arn, StringComparison.Ordinal));

    static AwsError Malformed(string message) => new(400, "MalformedPolicy", message);
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html</summary>
static class GetBucketPolicy
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        return bucket.Settings.Policy is { } policy
            ? AwsResult.Bytes(Encoding.UTF8.GetBytes(policy), "application/json")
            : (AwsResult)BucketErrors.Missing("NoSuchBucketPolicy", "The bucket policy does not exist", bucket.Name);
    }
}

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html</summary>
static class GetBucketPolicyStatus
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        if (bucket.Settings.Policy is null)
            return (AwsResult)BucketErrors.Missing("NoSuchBucketPolicy", "The bucket policy does not exist", bucket.Name);
        return BucketXml.Answer(request, "PolicyStatus", (xml, _) => xml.Flag("IsPublic", bucket.IsPublic));
    }
}
