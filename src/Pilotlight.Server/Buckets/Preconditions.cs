using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>The conditional headers of reads (RFC 9110 13.2.2, as S3 combines them) and writes.</summary>
static class Preconditions
{
    /// <summary>Null when the object may be read.</summary>
    public static AwsError? OfRead(AwsRequest request, StoredObject stored) => Check(
        stored, request.GivenHeader("If-Match"), request.GivenHeader("If-None-Match"), request.GivenHeader("If-Modified-Since"),
        request.GivenHeader("If-Unmodified-Since"), BucketErrors.NotModified);

    /// <summary>Of a copy's source: what a read would answer with 304 is a failure too.</summary>
    public static AwsError? OfCopy(AwsRequest request, StoredObject source) => Check(
        source, request.GivenHeader("x-amz-copy-source-if-match"), request.GivenHeader("x-amz-copy-source-if-none-match"),
        request.GivenHeader("x-amz-copy-source-if-modified-since"), request.GivenHeader("x-amz-copy-source-if-unmodified-since"), null);

    public static WriteCondition OfWrite(AwsRequest request)
    {
        var none = request.GivenHeader("If-None-Match");
        if (none is not null && none != "*")
            throw BucketErrors.NotImplemented("If-None-Match").AsException();
        var match = request.GivenHeader("If-Match");
        if (match is not null && none is not null)
            throw BucketErrors.NotImplemented("If-None-Match").AsException();
        return new WriteCondition(match, none is not null);
    }

    static AwsError? Check(StoredObject stored, string? match, string? noneMatch, string? modified, string? unmodified, AwsError? notModified)
    {
        var since = DateTimeOffset.FromUnixTimeSeconds(stored.Modified.ToUnixTimeSeconds());
        if (match is not null)
        {
            if (!Names(match, stored))
                return BucketErrors.PreconditionFailed("If-Match");
        }
        else if (Date(unmodified) is { } limit && since > limit)
            return BucketErrors.PreconditionFailed("If-Unmodified-Since");
        if (noneMatch is not null)
            return Names(noneMatch, stored) ? notModified ?? BucketErrors.PreconditionFailed("If-None-Match") : null;
        return Date(modified) is { } start && since <= start ? notModified ?? BucketErrors.PreconditionFailed("If-Modified-Since") : null;
    }

    static bool Names(string list, StoredObject stored) =>
        list.Split(',').Any(tag => tag.Trim() is var one && (one == "*" || one.Trim('"') == stored.ETag));

    static DateTimeOffset? Date(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
}
