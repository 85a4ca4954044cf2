using System.Buffers;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.Features;

namespace Pilotlight.Authentication;

/// <summary>
/// The one form of a request that both sides sign (spec/iam.md 1.1): method, path, query, signed headers, payload hash.
/// </summary>
static class CanonicalRequest
{
    static readonly SearchValues<char> UnreservedOrSlash =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/");

    /// <summary>Names that nearly every request signs, so that finding their header allocates nothing.</summary>
    static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> CommonNames = new[]
    {
        "accept", "amz-sdk-invocation-id", "amz-sdk-request", "content-length", "content-md5", "content-type", "date", "host", "user-agent",
        "x-amz-client-context", "x-amz-content-sha256", "x-amz-date", "x-amz-invocation-type", "x-amz-log-type", "x-amz-security-token",
        "x-amz-target", "x-amz-user-agent",
    }.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    public static void Write(ref ByteBuffer to, HttpRequest request, scoped in SignatureClaim claim, PathForm path, scoped ReadOnlySpan<byte> payloadHash)
    {
        to.Append(request.Method);
        to.Append((byte)'\n');
        SplitTarget(request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out var rawPath, out var rawQuery);
        WritePath(ref to, rawPath, path);
        to.Append((byte)'\n');
        CanonicalQuery.Write(ref to, rawQuery);
        to.Append((byte)'\n');
        WriteHeaders(ref to, request.Headers, claim.SignedHeaders);
        to.Append((byte)'\n');
        to.Append(claim.SignedHeaders);
        to.Append((byte)'\n');
        to.Append(payloadHash);
    }

    /// <summary>
    /// Whether the list is in the one order that exists (ascending, no name twice) and leaves out none of the request's
    /// <c>x-amz-*</c> headers: one that is not signed could have been changed on the way.
    /// </summary>
    public static bool SignsEveryAmzHeader(IHeaderDictionary headers, ReadOnlySpan<char> signedHeaders)
    {
        var signed = 0;
        ReadOnlySpan<char> previous = default;
        foreach (var part in signedHeaders.Split(';'))
        {
            var name = signedHeaders[part];
            if (name.SequenceCompareTo(previous) <= 0)
                return false;
            if (name.StartsWith("x-amz-") && headers.ContainsKey(Intern(name)))
                signed++;
            previous = name;
        }

        foreach (var header in headers)
        {
            if (header.Key.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
                signed--;
        }

        return signed == 0;
    }

    public static bool SignsHost(ReadOnlySpan<char> signedHeaders)
    {
        foreach (var part in signedHeaders.Split(';'))
        {
            if (signedHeaders[part] is "host")
                return true;
        }

        return false;
    }

    static string Intern(ReadOnlySpan<char> name) => CommonNames.TryGetValue(name, out var common) ? common : name.ToString();

    /// <summary>A request target is <c>/path?query</c>, or through a proxy <c>http://host/path?query</c>.</summary>
    static void SplitTarget(ReadOnlySpan<char> target, out ReadOnlySpan<char> path, out ReadOnlySpan<char> query)
    {
        if (!target.StartsWith('/') && target.IndexOf("://") is > 0 and var scheme)
        {
            target = target[(scheme + 3)..];
            target = target.IndexOfAny('/', '?') is >= 0 and var end ? target[end..] : default;
        }

        var mark = target.IndexOf('?');
        path = mark < 0 ? target : target[..mark];
        query = mark < 0 ? default : target[(mark + 1)..];
    }

    static void WritePath(ref ByteBuffer to, ReadOnlySpan<char> path, PathForm form)
    {
        if (path.IsEmpty)
            path = "/";
        if (form == PathForm.EncodedOnce)
        {
            to.AppendReencoded(path, UnreservedOrSlash, (byte)'+');
            return;
        }

        if (path.IndexOf("//") >= 0 || path.IndexOf("/.") >= 0)
            path = WithoutDots(path);
        to.AppendEncoded(path, UnreservedOrSlash);
    }

    /// <summary>Resolves <c>.</c> and <c>..</c> and drops empty segments, as signers do before they encode.</summary>
    static ReadOnlySpan<char> WithoutDots(ReadOnlySpan<char> path)
    {
        var kept = new char[path.Length + 1];
        var length = 0;
        foreach (var part in path.Split('/'))
        {
            var segment = path[part];
            if (segment is "" or ".")
                continue;
            if (segment is "..")
            {
                length = Math.Max(0, kept.AsSpan(0, length).LastIndexOf('/'));
                continue;
            }

            kept[length++] = '/';
            segment.CopyTo(kept.AsSpan(length));
            length += segment.Length;
        }

        if (length == 0 || path[^1] == '/')
            kept[length++] = '/';
        return kept.AsSpan(0, length);
    }

    static void WriteHeaders(ref ByteBuffer to, IHeaderDictionary headers, ReadOnlySpan<char> signedHeaders)
    {
        foreach (var part in signedHeaders.Split(';'))
        {
            var name = signedHeaders[part];
            to.Append(name);
            to.Append((byte)':');
            var values = headers[Intern(name)];
            for (var i = 0; i < values.Count; i++)
            {
                if (i > 0)
                    to.Append((byte)',');
                WriteValue(ref to, values[i]);
            }

            to.Append((byte)'\n');
        }
    }

    /// <summary>Trimmed, and runs of spaces as one.</summary>
    static void WriteValue(ref ByteBuffer to, ReadOnlySpan<char> value)
    {
        value = value.Trim();
        while (value.IndexOf("  ") is >= 0 and var run)
        {
            to.Append(value[..(run + 1)]);
            value = value[run..].TrimStart(' ');
        }

        to.Append(value);
    }
}

/// <summary>How often a path is encoded before it is signed: S3 once, every other service twice.</summary>
enum PathForm
{
    EncodedTwice,
    EncodedOnce,
}
