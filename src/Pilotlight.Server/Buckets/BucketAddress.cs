using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Pilotlight.Api;
using Pilotlight.Authentication;

namespace Pilotlight.Buckets;

/// <summary>
/// The bucket and the key that a request means, decoded once and not normalised; both empty for the service itself. The bucket stands
/// in the host name (<c>BUCKET.s3.localhost</c>) or first in the path.
/// </summary>
sealed record BucketAddress(string Bucket, string Key)
{
    static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The bucket stands in the host name.</summary>
    public bool IsByHost { get; private init; }

    public bool IsService => Bucket.Length == 0;

    public bool IsObject => Key.Length > 0;

    public string BucketArn => $"arn:aws:s3:::{Bucket}";

    public string ObjectArn => $"arn:aws:s3:::{Bucket}/{Key}";

    /// <summary>Null when the request is none to S3. What cannot be decoded throws.</summary>
    /// <param name="isBucket">Whether there is a bucket of this name: an unsigned request is told by nothing else.</param>
    /// <exception cref="AwsException">InvalidURI.</exception>
    public static BucketAddress? Of(HttpRequest request, Func<string, bool> isBucket)
    {
        var host = request.Host.Host;
        var byHost = BucketOfHost(host, out var isS3);
        var scope = ScopeOf(request);
        if (!isS3 && scope is not null && scope != "s3")
            return null;
        if (isS3)
            return byHost is { } named ? new BucketAddress(named, Decode(PathOf(request).TrimStartOne())) { IsByHost = true } : OfPath(PathOf(request));
        if (scope == "s3")
        {
            // Clients that are pointed at localhost and told nothing of paths put the bucket before it.
            return host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
                ? new BucketAddress(host[..^".localhost".Length], Decode(PathOf(request).TrimStartOne())) { IsByHost = true }
                : OfPath(PathOf(request));
        }

        var path = request.Path.Value ?? "";
        if (path.Length < 4 || request.Headers.ContainsKey("X-Amz-Target"))
            return null;
        var end = path.IndexOf('/', 1);
        return isBucket(end < 0 ? path[1..] : path[1..end]) ? OfPath(PathOf(request)) : null;
    }

    /// <summary>The bucket in a host name of S3's (<c>s3.…</c> or <c>BUCKET.s3.…</c>, also with a region), or null.</summary>
    static string? BucketOfHost(string host, out bool isS3)
    {
        isS3 = host.StartsWith("s3.", StringComparison.OrdinalIgnoreCase);
        if (isS3)
            return null;
        var mark = host.IndexOf(".s3.", StringComparison.OrdinalIgnoreCase);
        isS3 = mark > 0;
        return isS3 ? host[..mark] : null;
    }

    /// <summary>The service in the scope of a signature, not proven: it only chooses who answers. Null when nothing is signed.</summary>
    static string? ScopeOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return request.Query.TryGetValue("X-Amz-Credential", out var values) ? ServiceOf(values.ToString())
                : LegacyLink.IsIn(request) ? "s3"
                : null;
        }


        var start = header.IndexOf("Credential=", StringComparison.Ordinal);
        if (start < 0)
            return "";
        var scope = header.AsSpan(start);
        var end = scope.IndexOfAny(',', ' ');
        return ServiceOf((end < 0 ? scope : scope[..end]).ToString());
    }

    static string ServiceOf(string credential) => credential.Split('/') is { Length: >= 5 } parts ? parts[^2] : "";

    static BucketAddress OfPath(ReadOnlySpan<char> path)
    {
        path = path.TrimStartOne();
        var slash = path.IndexOf('/');
        return slash < 0 ? new BucketAddress(Decode(path), "") : new BucketAddress(Decode(path[..slash]), Decode(path[(slash + 1)..]));
    }

    /// <summary>As it was sent: the server's own form is normalised, and a key may hold <c>..</c> or <c>//</c>.</summary>
    static ReadOnlySpan<char> PathOf(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        if (!target.StartsWith('/') && target.IndexOf("://") is > 0 and var scheme)
        {
            target = target[(scheme + 3)..];
            target = target.IndexOfAny('/', '?') is >= 0 and var end ? target[end..] : default;
        }

        return target.IndexOf('?') is >= 0 and var mark ? target[..mark] : target;
    }

    /// <summary>Percent-decoded, as UTF-8.</summary>
    internal static string Decode(ReadOnlySpan<char> text)
    {
        if (!text.Contains('%') && System.Text.Ascii.IsValid(text))
            return text.ToString();
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        while (text.Length > 0)
        {
            if (text[0] == '%')
            {
                if (text.Length < 3 || !char.IsAsciiHexDigit(text[1]) || !char.IsAsciiHexDigit(text[2]))
                    throw BucketErrors.InvalidUri.AsException();
                bytes[length++] = Convert.FromHexString(text[1..3])[0];
                text = text[3..];
                continue;
            }

            var run = text.IndexOf('%') is >= 0 and var next ? text[..next] : text;
            length += Encoding.UTF8.GetBytes(run, bytes.AsSpan(length));
            text = text[run.Length..];
        }

        try
        {
            return s_strict.GetString(bytes, 0, length);
        }
        catch (ArgumentException)
        {
            throw BucketErrors.InvalidUri.AsException();
        }
    }
}

file static class Paths
{
    public static ReadOnlySpan<char> TrimStartOne(this ReadOnlySpan<char> path) => path.StartsWith('/') ? path[1..] : path;
}

/// <summary>The way from a request to its <see cref="BucketAddress"/>.</summary>
static class BucketAddressExtensions
{
    extension(AwsRequest request)
    {
        public BucketAddress Address => request.Http.Features.GetRequiredFeature<BucketAddress>();

        /// <summary>A header that is there and not empty, or null.</summary>
        public string? GivenHeader(string name) => request.Header(name) is { Length: > 0 } value ? value : null;
    }
}
