using System.Text.RegularExpressions;
using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>What a route must be like.</summary>
static partial class RouteRules
{
    static readonly string[] s_members = ["authorizationScopes", "authorizationType", "authorizerId", "operationName", "routeKey", "target"];

    /// <exception cref="AwsException">It is no route that the API can have.</exception>
    public static ApiRoute Checked(HttpApi api, ApiRoute route)
    {
        if (route.RouteKey != HttpApi.DefaultRoute)
            CheckKey(route.RouteKey);
        if (api.Routes.Any(other => other.RouteId != route.RouteId && other.RouteKey == route.RouteKey))
            throw ApiErrors.Conflict($"Route with key {route.RouteKey} already exists for this API").AsException();
        if (route.Target is { } target)
        {
            if (!target.StartsWith("integrations/", StringComparison.Ordinal))
                throw ApiErrors.Bad("Invalid target specified. It must be of the form integrations/INTEGRATION_ID").AsException();
            IntegrationRules.Find(api, target["integrations/".Length..]);
        }

        return CheckedAuthorizer(api, route);
    }

    static ApiRoute CheckedAuthorizer(HttpApi api, ApiRoute route)
    {
        var wanted = route.AuthorizationType switch
        {
            "CUSTOM" => ApiAuthorizer.Request,
            "JWT" => ApiAuthorizer.Jwt,
            _ => null,
        };
        if (wanted is null)
            return route with { AuthorizerId = null, AuthorizationScopes = null };
        if (route.AuthorizerId is not { } id)
            throw ApiErrors.Bad("Authorizer ID is required for CUSTOM and JWT authorization").AsException();
        if (AuthorizerRules.Find(api, id).AuthorizerType != wanted)
            throw ApiErrors.Bad($"The authorizer {id} is not of the type that the authorization type {route.AuthorizationType} needs").AsException();
        return route;
    }

    static void CheckKey(string key)
    {
        if (Key().Match(key) is not { Success: true } match)
            throw ApiErrors.Bad("The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"").AsException();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var parts = match.Groups["path"].Value[1..].Split('/');
        for (var index = 0; index < parts.Length; index++)
        {
            var part = parts[index];
            if (!part.Contains('{') && !part.Contains('}'))
                continue;
            if (!Variable().IsMatch(part))
                throw ApiErrors.Bad($"Invalid path part {part}: a variable stands alone between slashes").AsException();
            if (part.EndsWith("+}", StringComparison.Ordinal) && index < parts.Length - 1)
                throw ApiErrors.Bad("A greedy variable must be the last part of the path").AsException();
            if (!names.Add(part.Trim('{', '}').TrimEnd('+')))
                throw ApiErrors.Bad($"The path variable {part} stands twice in the path").AsException();
        }
    }

    public static ApiRoute Patched(ApiRoute route, AwsRequest request)
    {
        var body = request.Json();
        if (body.TryGetProperty("apiKeyRequired", out var key) && key.ValueKind == System.Text.Json.JsonValueKind.True)
            throw ApiErrors.Bad("API keys are not supported for HTTP APIs").AsException();
        return ApiPatch.Apply(route, body, HttpApisJson.Default.ApiRoute, s_members);
    }

    public static ApiRoute Find(HttpApi api, AwsRequest request) =>
        api.Routes.FirstOrDefault(route => route.RouteId == request.Path("RouteId")) ?? throw ApiErrors.Unknown("Route", request.Path("RouteId")).AsException();

    [GeneratedRegex(
        @"\A(?<method>ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (?<path>/[!$%&'()*+,.:;=@_~{}a-zA-Z0-9/-]*)\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Key();

    [GeneratedRegex(@"\A\{[a-zA-Z0-9._:-]+\+?\}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();
}
