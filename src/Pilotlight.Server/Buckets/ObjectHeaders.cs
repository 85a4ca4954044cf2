using System.Globalization;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>The headers in which objects come and go.</summary>
static class ObjectHeaders
{
    const string MetadataPrefix = "x-amz-meta-";
    const int MaxMetadataBytes = 2048;
    const int MaxKeyBytes = 1024;

    static readonly HashSet<string> s_storageClasses = new(StringComparer.Ordinal)
    {
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR",
    };

    /// <summary>What a new object is to carry.</summary>
    /// <exception cref="AwsException">Something in it is not valid, or needs what is not here.</exception>
    public static ObjectHead Read(AwsRequest request)
    {
        CheckEncryption(request);
        if (request.Header("x-amz-object-lock-mode") is not null || request.Header("x-amz-object-lock-legal-hold") is not null
            || request.Header("x-amz-object-lock-retain-until-date") is not null)
            throw BucketErrors.InvalidRequest("Bucket is missing Object Lock Configuration").AsException();
        CheckAcl(request);
        var storageClass = request.GivenHeader("x-amz-storage-class") ?? "STANDARD";
        if (!s_storageClasses.Contains(storageClass))
            throw new AwsError(400, "InvalidStorageClass", "The storage class you specified is not valid").AsException();
        return new ObjectHead
        {
            ContentType = request.GivenHeader("Content-Type") ?? "binary/octet-stream",
            ContentEncoding = WithoutChunked(request.GivenHeader("Content-Encoding")),
            ContentDisposition = request.GivenHeader("Content-Disposition"),
            ContentLanguage = request.GivenHeader("Content-Language"),
            CacheControl = request.GivenHeader("Cache-Control"),
            Expires = request.GivenHeader("Expires"),
            Redirect = request.GivenHeader("x-amz-website-redirect-location"),
            StorageClass = storageClass,
            Metadata = Metadata(request),
            Tags = request.GivenHeader("x-amz-tagging") is { } tags ? TagSet.ReadForm(tags) : new Dictionary<string, string>(),
        };
    }

    public static void CheckKey(string key)
    {
        if (Encoding.UTF8.GetByteCount(key) is > MaxKeyBytes and var bytes)
            throw BucketErrors.KeyTooLong(bytes).AsException();
    }

    /// <summary>Only the owner has access: everything else that an ACL could say is refused.</summary>
    public static void CheckAcl(AwsRequest request)
    {
        var refused = request.GivenHeader("x-amz-acl") is { } acl && acl is not ("private" or "bucket-owner-full-control")
            || request.Http.Request.Headers.Any(static header => header.Key.StartsWith("x-amz-grant-", StringComparison.OrdinalIgnoreCase));
        if (refused)
            throw new AwsError(400, "AccessControlListNotSupported", "The bucket does not allow ACLs").AsException();
    }

    /// <summary>What S3 shows as AES256 is what there is; keys of the caller's or of KMS would be a promise.</summary>
    public static void CheckEncryption(AwsRequest request)
    {
        if (request.GivenHeader("x-amz-server-side-encryption") is { } sse && sse != "AES256")
            throw BucketErrors.NotImplemented("x-amz-server-side-encryption").AsException();
        if (request.Header("x-amz-server-side-encryption-customer-algorithm") is not null)
            throw BucketErrors.NotImplemented("x-amz-server-side-encryption-customer-algorithm").AsException();
    }

    /// <summary>Everything about the object that stands in the head of an answer, but not the length of a body.</summary>
    public static void Write(AwsRequest request, StoredObject stored)
    {
        var headers = request.Http.Response.Headers;
        var head = stored.Head;
        headers.ETag = stored.QuotedETag;
        headers.LastModified = stored.Modified.ToString("R", CultureInfo.InvariantCulture);
        headers.AcceptRanges = "bytes";
        headers.ContentType = Safe(head.ContentType);
        Set("Content-Encoding", head.ContentEncoding);
        Set("Content-Disposition", head.ContentDisposition);
        Set("Content-Language", head.ContentLanguage);
        Set("Cache-Control", head.CacheControl);
        Set("Expires", head.Expires);
        Set("x-amz-website-redirect-location", head.Redirect);
        foreach (var (name, value) in head.Metadata)
            headers[MetadataPrefix + name] = Safe(value);
        if (head.StorageClass != "STANDARD")
            headers["x-amz-storage-class"] = head.StorageClass;
        if (head.Tags.Count > 0)
            headers["x-amz-tagging-count"] = head.Tags.Count.ToString(CultureInfo.InvariantCulture);
        headers["x-amz-server-side-encryption"] = "AES256";
        Override(request);

        void Set(string name, string? value)
        {
            if (value is not null)
                headers[name] = Safe(value);
        }
    }

    public static void WriteVersion(AwsRequest request, Bucket bucket, string? version)
    {
        if (version is not null && bucket.Settings.Versioning != Versioning.Never)
            request.Http.Response.Headers["x-amz-version-id"] = version;
    }

    /// <summary>When the lifecycle lets it expire.</summary>
    public static void WriteExpiration(AwsRequest request, Bucket bucket, StoredObject stored)
    {
        if (stored.IsLatest && bucket.Lifecycle.ExpiryOf(stored) is (var at, var rule))
            request.Http.Response.Headers["x-amz-expiration"] = $"expiry-date=\"{at.ToString("R", CultureInfo.InvariantCulture)}\", rule-id=\"{Uri.EscapeDataString(rule)}\"";
    }

    /// <summary>When the lifecycle aborts it.</summary>
    public static void WriteAbort(AwsRequest request, Bucket bucket, Upload upload)
    {
        if (bucket.Lifecycle.AbortOf(upload) is not (var at, var rule))
            return;
        request.Http.Response.Headers["x-amz-abort-date"] = at.ToString("R", CultureInfo.InvariantCulture);
        request.Http.Response.Headers["x-amz-abort-rule-id"] = Uri.EscapeDataString(rule);
    }

    public static void WriteChecksum(AwsRequest request, ObjectChecksum? checksum)
    {
        if (checksum is null)
            return;
        request.Http.Response.Headers[checksum.Header] = checksum.Value;
        request.Http.Response.Headers["x-amz-checksum-type"] = checksum.Type;
    }

    /// <summary><c>response-content-type</c> and its like, which only somebody known may ask for.</summary>
    static void Override(AwsRequest request)
    {
        foreach (var (parameter, header) in s_overrides)
        {
            if (request.Query(parameter) is not { } value)
                continue;
            if (request.Caller.Kind == CallerKind.Anonymous)
                throw BucketErrors.InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.").AsException();
            if (value.AsSpan().ContainsAny('\r', '\n', '\0'))
                throw BucketErrors.InvalidArgument("Header value cannot contain control characters.", parameter, null).AsException();
            request.Http.Response.Headers[header] = Safe(value);
        }
    }

    static readonly (string Parameter, string Header)[] s_overrides =
    [
        ("response-content-type", "Content-Type"), ("response-content-encoding", "Content-Encoding"), ("response-content-language", "Content-Language"),
        ("response-content-disposition", "Content-Disposition"), ("response-cache-control", "Cache-Control"), ("response-expires", "Expires"),
    ];

    static Dictionary<string, string> Metadata(AwsRequest request)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var bytes = 0;
        foreach (var (name, values) in request.Http.Request.Headers)
        {
            if (!name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase) || name.Length == MetadataPrefix.Length)
                continue;
            var key = name[MetadataPrefix.Length..].ToLowerInvariant();
            // Several headers of one name are one, as S3 joins them.
            var value = string.Join(',', values.ToArray());
            metadata[key] = value;
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }

        return bytes <= MaxMetadataBytes ? metadata : throw (new AwsError(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size") with
        {
            Members = [("Size", bytes.ToString(CultureInfo.InvariantCulture)), ("MaxSizeAllowed", "2048")],
        }).AsException();
    }

    /// <summary><c>aws-chunked</c> is how it was sent and not what it is.</summary>
    static string? WithoutChunked(string? encoding)
    {
        if (encoding is null)
            return null;
        var kept = string.Join(',', encoding.Split(',').Select(part => part.Trim()).Where(part => part is not ("aws-chunked" or "")));
        return kept.Length == 0 ? null : kept;
    }

    /// <summary>Headers are ASCII: the rest goes as S3 sends it, in the manner of mail.</summary>
    static string Safe(string value) => value.AsSpan().ContainsAnyExceptInRange(' ', '~') && value.AsSpan().ContainsAnyExcept('\t', ' ') && !IsPlain(value)
        ? $"=?UTF-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?="
        : value;

    static bool IsPlain(string value)
    {
        foreach (var letter in value)
        {
            if (letter is not ('\t' or (>= ' ' and <= '~')))
                return false;
        }

        return true;
    }
}
