using System.Text.RegularExpressions;
using Pilotlight.Urls;

namespace Pilotlight.HttpApis;

/// <summary>Where in a request its identity is looked for: <c>$request.header.Authorization</c>.</summary>
sealed partial record IdentitySource(string Kind, string Name)
{
    /// <summary>Null for a text that is no identity source.</summary>
    public static IdentitySource? TryRead(string text) =>
        Form().Match(text) is { Success: true } match ? new IdentitySource(match.Groups["kind"].Value, match.Groups["name"].Value) : null;

    /// <summary>Null when the request has it not.</summary>
    public string? ValueIn(ApiRequest request)
    {
        var value = Kind switch
        {
            "$request.header" => request.Http.Request.Headers[Name].ToString(),
            "$request.querystring" => request.Http.Request.Query[Name].ToString(),
            "$stageVariables" => request.Stage.Variables.GetValueOrDefault(Name),
            _ => OfContext(request),
        };
        return string.IsNullOrEmpty(value) ? null : value;
    }

    string? OfContext(ApiRequest request) => Name switch
    {
        "routeKey" => request.Route.Route.RouteKey,
        "stage" => request.Stage.Name,
        "httpMethod" => request.Method,
        "path" => request.Path,
        "apiId" => request.Stage.Api.ApiId,
        "accountId" => request.Stage.Api.AccountId,
        "domainName" => request.Domain,
        "identity.sourceIp" => UrlEvent.SourceOf(request.Http.Connection),
        "identity.userAgent" => request.Http.Request.Headers.UserAgent.ToString(),
        _ => null,
    };

    [GeneratedRegex(
        @"\A(?<kind>\$request\.header|\$request\.querystring|\$stageVariables|\$context)\.(?<name>[!#$%&'*+.^_`|~a-zA-Z0-9-]{1,128})\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
