using Microsoft.Extensions.Primitives;
using Pilotlight.Functions;

namespace Pilotlight.Urls;

/// <summary>
/// Which other sites' pages may use the URL (spec/invoke.md 8.4): preflights are answered from the configuration alone, and what it says
/// stands in place of what the function says.
/// </summary>
static class UrlCors
{
    const string Prefix = "access-control-";

    public static void AnswerPreflight(HttpContext http, FunctionUrlCors cors)
    {
        var request = http.Request;
        var response = http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentLength = 0;
        var method = request.Headers.AccessControlRequestMethod.ToString();
        if (!Allow(http, cors) || (method.Length > 0 && !Allows(cors.AllowMethods, method, StringComparison.Ordinal)))
            return;
        Add(response, "Access-Control-Allow-Methods", cors.AllowMethods);
        Add(response, "Access-Control-Allow-Headers", cors.AllowHeaders);
        if (cors.MaxAge is { } seconds)
            response.Headers.AccessControlMaxAge = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Puts the configured headers in place of the function's.</summary>
    public static void Overwrite(HttpContext http, FunctionUrlCors? cors)
    {
        if (cors is null)
            return;
        foreach (var name in http.Response.Headers.Keys.Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)).ToList())
            http.Response.Headers.Remove(name);
        Allow(http, cors);
    }

    /// <summary>What is common to preflights and answers; false when the page's origin is not allowed.</summary>
    static bool Allow(HttpContext http, FunctionUrlCors cors)
    {
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || !Allows(cors.AllowOrigins, origin, StringComparison.OrdinalIgnoreCase))
            return false;
        var headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.Vary = StringValues.Concat(headers.Vary, "Origin");
        if (cors.AllowCredentials == true)
            headers.AccessControlAllowCredentials = "true";
        Add(http.Response, "Access-Control-Expose-Headers", cors.ExposeHeaders);
        return true;
    }

    static bool Allows(IReadOnlyList<string>? allowed, string asked, StringComparison comparison) =>
        allowed is not null && allowed.Any(one => one == "*" || one.Equals(asked, comparison));

    static void Add(HttpResponse response, string name, IReadOnlyList<string>? values)
    {
        if (values is { Count: > 0 } && values.All(UrlHeaders.IsValue))
            response.Headers[name] = string.Join(',', values);
    }
}
