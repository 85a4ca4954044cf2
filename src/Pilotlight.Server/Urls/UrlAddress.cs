using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace Pilotlight.Urls;

/// <summary>How the addresses of one kind of front look: <c>ID.LABEL.…</c>, or for clients that cannot resolve such names <c>PREFIX/ID/…</c>.</summary>
/// <param name="Label">With its dots.</param>
/// <param name="Prefix">With its slashes.</param>
sealed record AddressForm(string Label, string Prefix, int IdLength);

/// <summary>
/// Where a request to a function URL (<c>ID.lambda-url.REGION.DOMAIN</c>, <c>/_url/ID/…</c>) or to an HTTP API is addressed. Path and query
/// are as they were sent, not decoded.
/// </summary>
/// <param name="Id">Empty when it is none.</param>
/// <param name="Region">What follows the label in the host name: a region, if it is one.</param>
readonly record struct UrlAddress(string Id, string? Region, string? Host, string RawPath, string RawQuery)
{
    static readonly SearchValues<char> s_idLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");

    static readonly AddressForm s_ofUrls = new(".lambda-url.", "/_url/", 32);

    public static UrlAddress? Of(HttpRequest request) => Of(request, s_ofUrls);

    /// <summary>Null for every other request: two comparisons decide.</summary>
    public static UrlAddress? Of(HttpRequest request, AddressForm form)
    {
        var host = request.Host.Value;
        var byHost = host is not null && host.Length > form.IdLength
            && host.AsSpan(form.IdLength).StartsWith(form.Label, StringComparison.OrdinalIgnoreCase);
        var byPath = !byHost && request.Path.Value is { } path && path.StartsWith(form.Prefix, StringComparison.Ordinal);
        if (!byHost && !byPath)
            return null;
        var target = Target(request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var mark = target.IndexOf('?');
        var rawQuery = mark < 0 ? "" : target[(mark + 1)..];
        var rawPath = mark < 0 ? target : target[..mark];
        return byHost ? ByHost(request.Host.Host, form, rawPath, rawQuery) : ByPath(form, rawPath, rawQuery);
    }

    static UrlAddress ByHost(string host, AddressForm form, string rawPath, string rawQuery)
    {
        host = host.ToLowerInvariant();
        var region = host[(form.IdLength + form.Label.Length)..];
        return new UrlAddress(IdOf(host.AsSpan(0, form.IdLength), form), region.Split('.')[0], host, rawPath.Length == 0 ? "/" : rawPath, rawQuery);
    }

    static UrlAddress? ByPath(AddressForm form, string rawPath, string rawQuery)
    {
        // The path that decides is the decoded one; whoever encodes the prefix means something else.
        if (!rawPath.StartsWith(form.Prefix, StringComparison.Ordinal))
            return null;
        var rest = rawPath[form.Prefix.Length..];
        var slash = rest.IndexOf('/');
        return new UrlAddress(IdOf(slash < 0 ? rest : rest.AsSpan(0, slash), form), null, null, slash < 0 ? "/" : rest[slash..], rawQuery);
    }

    static string IdOf(ReadOnlySpan<char> text, AddressForm form) =>
        text.Length == form.IdLength && !text.ContainsAnyExcept(s_idLetters) ? text.ToString() : "";

    /// <summary>A request target is <c>/path?query</c>, or through a proxy <c>http://host/path?query</c>.</summary>
    static string Target(string raw)
    {
        if (raw.StartsWith('/') || raw.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var scheme))
            return raw;
        var end = raw.IndexOfAny(['/', '?'], scheme + 3);
        return end < 0 ? "" : raw[end..];
    }
}
