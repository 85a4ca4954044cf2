using System.Net;
using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>
/// Who may use the key that everybody knows (<c>test</c>/<c>test</c>): programs that the user of this machine runs. Not a function, and
/// not a web page in the user's browser, which could sign as well as anybody and needs no leave to send a presigned request.
/// </summary>
static class WellKnownKey
{
    /// <summary>Why the key does not count here, or null when it does.</summary>
    public static string? Refusal(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<SandboxOrigin>() is not null)
            return "it came from inside a sandbox";
        if (request.Headers.Origin.Count > 0)
            return "a web page sent it";
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "none")
            return "a web page sent it";
        // A page of a site whose name was pointed at this machine is no foreign page to the browser; its host name tells.
        return IsHostOfThisMachine(request.Host.Host) ? null : "it is addressed to a host name other than localhost";
    }

    static bool IsHostOfThisMachine(ReadOnlySpan<char> host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.TrimStart('[').TrimEnd(']'), out _);
}
