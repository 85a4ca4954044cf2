using System.Security.Cryptography;
using Pilotlight.Api;
using Pilotlight.Authentication;

namespace Pilotlight.Buckets;

/// <summary>Recognises requests to S3 and hands them their operation; from there they go the way of every request.</summary>
sealed class BucketEndpoint(BucketStore store, BucketRoutes routes)
{
    public Task RouteAsync(HttpContext http, RequestDelegate next)
    {
        // Set already: a function's own address.
        if (http.GetEndpoint() is not null)
            return next(http);
        BucketAddress? address;
        try
        {
            address = BucketAddress.Of(http.Request, name => store.Find(name) is not null);
        }
        catch (AwsException unreadable)
        {
            Identify(http);
            return ErrorWriter.WriteAsync(http, AwsService.S3, unreadable.Error);
        }

        if (address is null)
            return next(http);
        Identify(http);
        var bucket = store.Find(address.Bucket);
        if (HttpMethods.IsOptions(http.Request.Method))
            return BucketCors.AnswerPreflightAsync(http, bucket);
        BucketCors.Allow(http, bucket);
        if (Unusable(http, address, bucket) is { } refused)
            return ErrorWriter.WriteAsync(http, AwsService.S3, refused);
        if (routes.Find(http.Request, address) is not { } operation)
        {
            return ErrorWriter.WriteAsync(http, AwsService.S3, address.IsService || http.Request.Method is not ("GET" or "PUT" or "POST" or "DELETE" or "HEAD")
                ? BucketErrors.MethodNotAllowed
                : BucketErrors.NotImplemented("operation"));
        }

        if (bucket is not null)
            http.Response.Headers["x-amz-bucket-region"] = bucket.Region;
        http.Features.Set(address);
        // As a route would name it: what is audited says which bucket it was.
        if (!address.IsService)
            http.Request.RouteValues["bucketName"] = address.Bucket;
        if (address.IsByHost)
            http.Features.Set(new HostBucket(address.Bucket));
        http.SetEndpoint(new Endpoint(OperationEndpoint.Run, new EndpointMetadataCollection(operation), operation.Name));
        return next(http);
    }

    /// <summary>S3's own ids: an event names them, and support would ask for them.</summary>
    static void Identify(HttpContext http)
    {
        http.TraceIdentifier = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        var headers = http.Response.Headers;
        headers.Remove("x-amzn-RequestId");
        headers["x-amz-request-id"] = http.TraceIdentifier;
        headers["x-amz-id-2"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        headers.Server = "AmazonS3";
    }

    static AwsError? Unusable(HttpContext http, BucketAddress address, Bucket? bucket)
    {
        if (address.Bucket.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || address.Bucket.Length > 255)
            return BucketErrors.InvalidBucketName(Printable(address.Bucket));
        if (address.Key.Contains('\0'))
            return BucketErrors.InvalidUri;
        // Whoever says whose the bucket is means no other.
        return bucket is not null && http.Request.Headers["x-amz-expected-bucket-owner"].ToString() is { Length: > 0 } owner && owner != bucket.AccountId
            ? BucketErrors.AccessDenied
            : null;
    }

    static string Printable(string text) => string.Concat(text.Take(64).Select(static letter => letter is >= ' ' and <= '~' ? letter : '?'));
}
