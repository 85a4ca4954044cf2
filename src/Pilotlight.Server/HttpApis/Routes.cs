using System.Text.RegularExpressions;
using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>CreateRoute, GetRoute, GetRoutes, UpdateRoute, DeleteRoute.</summary>
static partial class Routes
{
    const int Most = 300;

    static readonly string[] s_members = ["authorizationScopes", "authorizationType", "authorizerId", "operationName", "routeKey", "target"];

    public static async ValueTask<AwsResult> Create(AwsRequest request, ApiServices services)
    {
        ApiRoute? made = null;
        await services.ChangeAsync(request, api =>
        {
            if (api.Routes.Count >= Most)
                throw new AwsError(429, "TooManyRequestsException", "Max number of routes exceeded").WithoutType().AsException();
            made = Checked(api, Patched(new ApiRoute { RouteId = HttpApi.NewId() }, request));
            return api with { Routes = [.. api.Routes, made] };
        });
        return AwsResult.Json(made!, HttpApisJson.Wire.ApiRoute, 201);
    }

    public static ValueTask<AwsResult> Get(AwsRequest request, ApiServices services) =>
        AwsResult.Json(Find(services.Find(request), request), HttpApisJson.Wire.ApiRoute);

    public static ValueTask<AwsResult> List(AwsRequest request, ApiServices services) =>
        AwsResult.Json(ApiServices.Page(request, services.Find(request).Routes, static route => route.RouteId), HttpApisJson.Wire.ApiPageApiRoute);

    public static async ValueTask<AwsResult> Update(AwsRequest request, ApiServices services)
    {
        ApiRoute? changed = null;
        await services.ChangeAsync(request, api =>
        {
            var before = Find(api, request);
            changed = Checked(api, Patched(before, request));
            return api with { Routes = [.. api.Routes.Select(route => ReferenceEquals(route, before) ? changed : route)] };
        });
        return AwsResult.Json(changed!, HttpApisJson.Wire.ApiRoute);
    }

    public static async ValueTask<AwsResult> Delete(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = Find(api, request);
            return api with { Routes = [.. api.Routes.Where(route => !ReferenceEquals(route, gone))] };
        });
        return AwsResult.Empty(204);
    }

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
            Integrations.Find(api, target["integrations/".Length..]);
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
        if (Authorizers.Find(api, id).AuthorizerType != wanted)
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

    static ApiRoute Patched(ApiRoute route, AwsRequest request)
    {
        var body = request.Json();
        if (body.TryGetProperty("apiKeyRequired", out var key) && key.ValueKind == System.Text.Json.JsonValueKind.True)
            throw ApiErrors.Bad("API keys are not supported for HTTP APIs").AsException();
        return ApiPatch.Apply(route, body, HttpApisJson.Default.ApiRoute, s_members);
    }

    static ApiRoute Find(HttpApi api, AwsRequest request) =>
        api.Routes.FirstOrDefault(route => route.RouteId == request.Path("RouteId")) ?? throw ApiErrors.Unknown("Route", request.Path("RouteId")).AsException();

    [GeneratedRegex(
        @"\A(?<method>ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (?<path>/[!$%&'()*+,.:;=@_~{}a-zA-Z0-9/-]*)\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Key();

    [GeneratedRegex(@"\A\{[a-zA-Z0-9._:-]+\+?\}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();
}
