using Microsoft.AspNetCore.Http.Features;
using Pilotlight.Functions;

namespace Pilotlight.Urls;

/// <summary>
/// Where a request to a function URL is addressed: <c>ID.lambda-url.REGION.DOMAIN</c>, or for clients that cannot resolve such names
/// <c>/_url/ID/…</c>. Path and query are as they were sent, not decoded.
/// </summary>
readonly record struct UrlAddress(string Id, string? Region, string? Host, string RawPath, string RawQuery)
{
    const string Label = ".lambda-url.";
    const string Prefix = "/_url/";
    const int IdLength = 32;

    /// <summary>Null for every other request: two comparisons decide.</summary>
    public static UrlAddress? Of(HttpRequest request)
    {
        var host = request.Host.Value;
        var byHost = host is { Length: > IdLength } && host.AsSpan(IdLength).StartsWith(Label, StringComparison.OrdinalIgnoreCase);
        var byPath = !byHost && request.Path.Value is { } path && path.StartsWith(Prefix, StringComparison.Ordinal);
        if (!byHost && !byPath)
            return null;
        var target = Target(request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var mark = target.IndexOf('?');
        var rawQuery = mark < 0 ? "" : target[(mark + 1)..];
        var rawPath = mark < 0 ? target : target[..mark];
        return byHost ? ByHost(request.Host.Host, rawPath, rawQuery) : ByPath(rawPath, rawQuery);
    }

    static UrlAddress ByHost(string host, string rawPath, string rawQuery)
    {
        host = host.ToLowerInvariant();
        var region = host[(IdLength + Label.Length)..];
        return new UrlAddress(IdOf(host.AsSpan(0, IdLength)), region.Split('.')[0], host, rawPath.Length == 0 ? "/" : rawPath, rawQuery);
    }

    static UrlAddress? ByPath(string rawPath, string rawQuery)
    {
        // The path that decides is the decoded one; whoever encodes the prefix means something else.
        if (!rawPath.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var rest = rawPath[Prefix.Length..];
        var slash = rest.IndexOf('/');
        return new UrlAddress(IdOf(slash < 0 ? rest : rest.AsSpan(0, slash)), null, null, slash < 0 ? "/" : rest[slash..], rawQuery);
    }

    static string IdOf(ReadOnlySpan<char> text) => FunctionUrl.IsId(text) ? text.ToString() : "";

    /// <summary>A request target is <c>/path?query</c>, or through a proxy <c>http://host/path?query</c>.</summary>
    static string Target(string raw)
    {
        if (raw.StartsWith('/') || raw.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var scheme))
            return raw;
        var end = raw.IndexOfAny(['/', '?'], scheme + 3);
        return end < 0 ? "" : raw[end..];
    }
}
