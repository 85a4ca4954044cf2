using System.Security.Cryptography;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>Who changed an object, with which request.</summary>
/// <param name="Principal">As events name it: <c>AWS:AIDA…</c>.</param>
/// <param name="AccountId">Of whoever asked; what EventBridge calls the requester.</param>
sealed record ChangeOrigin(string RequestId, string HostId, string SourceAddress, string Principal, string AccountId)
{
    public static ChangeOrigin Of(AwsRequest request) => new(
        request.RequestId, request.Http.Response.Headers["x-amz-id-2"].ToString(), AddressOf(request.Http),
        request.Caller.Kind == CallerKind.Anonymous ? "Anonymous" : $"AWS:{request.Caller.UserId}", request.Caller.AccountId);

    /// <summary>S3 itself.</summary>
    public static ChangeOrigin OfLifecycle() => new(
        Convert.ToHexString(RandomNumberGenerator.GetBytes(8)), Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)), Service, Service, Service);

    public bool IsLifecycle => ReferenceEquals(Principal, Service);

    const string Service = "s3.amazonaws.com";

    static string AddressOf(HttpContext http) => http.Connection.RemoteIpAddress is { } address
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : "127.0.0.1";
}

/// <summary>What happened to an object, by the name that configurations use.</summary>
sealed record ObjectEvent(string Name, ChangeOrigin Origin)
{
    public const string Put = "s3:ObjectCreated:Put";
    public const string Copied = "s3:ObjectCreated:Copy";
    public const string Completed = "s3:ObjectCreated:CompleteMultipartUpload";
    public const string Deleted = "s3:ObjectRemoved:Delete";
    public const string MarkerCreated = "s3:ObjectRemoved:DeleteMarkerCreated";
    public const string Expired = "s3:LifecycleExpiration:Delete";
    public const string MarkerByLifecycle = "s3:LifecycleExpiration:DeleteMarkerCreated";
    public const string Tagged = "s3:ObjectTagging:Put";
    public const string Untagged = "s3:ObjectTagging:Delete";

    public bool IsCreation => Name.StartsWith("s3:ObjectCreated:", StringComparison.Ordinal);

    public bool IsRemoval => Name.StartsWith("s3:ObjectRemoved:", StringComparison.Ordinal) || IsLifecycle;

    public bool IsLifecycle => Name.StartsWith("s3:LifecycleExpiration:", StringComparison.Ordinal);

    public bool IsMarker => Name is MarkerCreated or MarkerByLifecycle;

    public static ObjectEvent OfDeletion(ChangeOrigin origin) => new(origin.IsLifecycle ? Expired : Deleted, origin);

    public static ObjectEvent OfMarker(ChangeOrigin origin) => new(origin.IsLifecycle ? MarkerByLifecycle : MarkerCreated, origin);

    public bool IsTagging => Name.StartsWith("s3:ObjectTagging:", StringComparison.Ordinal);
}
