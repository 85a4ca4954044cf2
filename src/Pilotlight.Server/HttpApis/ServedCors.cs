using System.Collections.Frozen;
using System.Globalization;
using Microsoft.Extensions.Primitives;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>Answers preflights, and puts what the API's configuration says in place of what the backend says.</summary>
sealed class ServedCors(ApiCors cors)
{
    const string Prefix = "access-control-";

    readonly FrozenSet<string> _origins = (cors.AllowOrigins ?? []).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    readonly string? _methods = Joined(cors.AllowMethods);
    readonly string? _headers = Joined(cors.AllowHeaders);
    readonly string? _exposed = Joined(cors.ExposeHeaders);
    readonly string? _age = cors.MaxAge?.ToString(CultureInfo.InvariantCulture);

    public void AnswerPreflight(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        if (!Allow(http))
            return;
        Add(http.Response, "Access-Control-Allow-Methods", _methods);
        Add(http.Response, "Access-Control-Allow-Headers", _headers);
        Add(http.Response, "Access-Control-Max-Age", _age);
    }

    public void Overwrite(HttpContext http)
    {
        foreach (var name in http.Response.Headers.Keys.Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)).ToList())
            http.Response.Headers.Remove(name);
        Allow(http);
    }

    bool Allow(HttpContext http)
    {
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || !UrlHeaders.IsValue(origin) || AllowedAs(origin) is not { } allowed)
            return false;
        http.Response.Headers.AccessControlAllowOrigin = allowed;
        if (allowed != "*")
            http.Response.Headers.Vary = StringValues.Concat(http.Response.Headers.Vary, "Origin");
        if (cors.AllowCredentials == true)
            http.Response.Headers.AccessControlAllowCredentials = "true";
        Add(http.Response, "Access-Control-Expose-Headers", _exposed);
        return true;
    }

    string? AllowedAs(string origin) =>
        _origins.Contains("*") ? "*"
        : _origins.Contains(origin) ? origin
        : _origins.Contains("https://*") && origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? origin
        : _origins.Contains("http://*") && origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? origin
        : null;

    static string? Joined(IReadOnlyList<string>? values) => values is { Count: > 0 } && values.All(UrlHeaders.IsValue) ? string.Join(',', values) : null;

    static void Add(HttpResponse response, string name, string? value)
    {
        if (value is not null)
            response.Headers[name] = value;
    }
}
