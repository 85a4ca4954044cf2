using System.Buffers;
using System.Collections.Frozen;

namespace Pilotlight.Urls;

/// <summary>Headers that may not pass as they are, either way.</summary>
static class UrlHeaders
{
    static readonly SearchValues<char> s_token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>They belong to one connection (RFC 9110, 7.6.1).</summary>
    static readonly FrozenSet<string> s_hopByHop = new[]
    {
        "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>A function's header of such a name comes out as <c>x-amzn-Remapped-…</c> (spec/invoke.md 8.3).</summary>
    static readonly FrozenSet<string> s_remapped = new[]
    {
        "authorization", "connection", "content-length", "content-md5", "date", "expect", "host", "max-forwards", "server", "user-agent",
        "via", "www-authenticate",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The platform's own.</summary>
    static readonly FrozenSet<string> s_ours = new[] { "x-amzn-requestid", "x-amzn-trace-id" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool IsHopByHop(string name) => s_hopByHop.Contains(name);

    public static bool IsName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(s_token);

    /// <summary>Visible ASCII, spaces and tabs: no line ends, which would be somebody else's headers.</summary>
    public static bool IsValue(string value)
    {
        foreach (var letter in value)
        {
            if (letter is not ('\t' or (>= ' ' and <= '~')))
                return false;
        }

        return true;
    }

    /// <summary>The name under which a function's header goes out; null: not at all.</summary>
    public static string? Outgoing(string name) =>
        s_hopByHop.Contains(name) || s_ours.Contains(name) ? null
        : s_remapped.Contains(name) ? $"x-amzn-Remapped-{name}"
        : name;
}
