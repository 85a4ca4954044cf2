using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Pilotlight.Api;
using Pilotlight.Identities;

namespace Pilotlight.Authentication;

/// <summary>The bucket that a request to S3 is addressed to by host name; old signatures cover it.</summary>
public sealed record HostBucket(string Name);

/// <summary>
/// Links to objects that are signed with Signature V2 in the query: boto3 and the AWS CLI v1 still make them unless they are told
/// otherwise. Nothing else is taken in this form.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth</remarks>
static class LegacyLink
{
    static readonly HashSet<string> s_signed = new(StringComparer.Ordinal)
    {
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location", "logging", "metrics", "notification",
        "object-lock", "partNumber", "policy", "replication", "requestPayment", "restore", "select", "select-type", "storageClass", "tagging", "torrent",
        "uploadId", "uploads", "versionId", "versioning", "versions", "website", "response-cache-control", "response-content-disposition",
        "response-content-encoding", "response-content-language", "response-content-type", "response-expires",
    };

    public static bool IsIn(HttpRequest request) => request.QueryString.HasValue && request.Headers.Authorization.Count == 0
        && request.Query.ContainsKey("AWSAccessKeyId") && request.Query.ContainsKey("Signature") && !request.Query.ContainsKey("X-Amz-Signature");

    /// <summary>The credential that signed, or the error.</summary>
    public static (Credential? Credential, AwsError? Error) Verify(AwsRequest request, CredentialCatalog credentials, DateTimeOffset now)
    {
        var errors = new AuthenticationErrors(AwsProtocol.RestXml);
        var (key, signature, expires) = (request.Query("AWSAccessKeyId")!, request.Query("Signature")!, request.Query("Expires") ?? "");
        if (!long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 253_402_300_799)
            return (null, errors.NotSigned("Invalid date (should be seconds since epoch): " + AuthenticationErrors.Quote(expires)));
        var end = DateTimeOffset.FromUnixTimeSeconds(seconds);
        if (now > end)
            return (null, errors.NotSigned("Request has expired"));
        var found = credentials.Find(key, request.Header("x-amz-security-token") ?? request.Query("x-amz-security-token"));
        if (found.Credential is not { } credential)
            return (null, found.Status == CredentialStatus.Expired ? errors.ExpiredCredential : errors.UnknownCredential);
        // What V4 derives its keys from is the secret with four letters before it.
        var expected = HMACSHA1.HashData(credential.SigningSecret.AsSpan(4), Encoding.UTF8.GetBytes(TextToSign(request, expires)));
        Span<byte> given = stackalloc byte[SHA1.HashSizeInBytes + 1];
        return Convert.TryFromBase64String(signature, given, out var length) && CryptographicOperations.FixedTimeEquals(expected, given[..length])
            ? (credential, null)
            : (null, errors.SignatureMismatch);
    }

    static string TextToSign(AwsRequest request, string expires)
    {
        var http = request.Http.Request;
        var text = new StringBuilder();
        text.Append(http.Method).Append('\n').Append(HeaderOrQuery("Content-MD5")).Append('\n').Append(HeaderOrQuery("Content-Type")).Append('\n')
            .Append(expires).Append('\n');
        var amz = http.Headers.Select(static header => (Name: header.Key.ToLowerInvariant(), Value: header.Value.ToString()))
            .Concat(http.Query.Select(static pair => (Name: pair.Key.ToLowerInvariant(), Value: pair.Value.ToString())))
            .Where(static pair => pair.Name.StartsWith("x-amz-", StringComparison.Ordinal)).DistinctBy(static pair => pair.Name)
            .OrderBy(static pair => pair.Name, StringComparer.Ordinal);
        foreach (var (name, value) in amz)
            text.Append(name).Append(':').Append(value.Trim()).Append('\n');
        var target = request.Http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        if (request.Http.Features.Get<HostBucket>() is { } bucket)
            text.Append('/').Append(bucket.Name);
        text.Append(mark < 0 ? target : target[..mark]);
        var separator = '?';
        foreach (var (name, value) in http.Query.Where(static pair => s_signed.Contains(pair.Key)).OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(separator).Append(name);
            if (value.ToString() is { Length: > 0 } given)
                text.Append('=').Append(given);
            separator = '&';
        }

        return text.ToString();

        string HeaderOrQuery(string name) => request.Header(name) ?? request.Query(name) ?? "";
    }
}
