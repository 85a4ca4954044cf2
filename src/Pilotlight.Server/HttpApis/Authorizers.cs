using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>CreateAuthorizer, GetAuthorizer, GetAuthorizers, UpdateAuthorizer, DeleteAuthorizer, ResetAuthorizersCache.</summary>
static class Authorizers
{
    const int Most = 10;
    const int UsualTtl = 300;

    static readonly string[] s_members =
    [
        "authorizerCredentialsArn", "authorizerPayloadFormatVersion", "authorizerResultTtlInSeconds", "authorizerType", "authorizerUri",
        "enableSimpleResponses", "identitySource", "jwtConfiguration", "name",
    ];

    public static async ValueTask<AwsResult> Create(AwsRequest request, ApiServices services)
    {
        ApiAuthorizer? made = null;
        await services.ChangeAsync(request, api =>
        {
            if (api.Authorizers.Count >= Most)
                throw new AwsError(429, "TooManyRequestsException", "Max number of authorizers exceeded").WithoutType().AsException();
            made = Patched(api, new ApiAuthorizer { AuthorizerId = HttpApi.NewId(6) }, request, services);
            return api with { Authorizers = [.. api.Authorizers, made] };
        });
        return AwsResult.Json(made!, HttpApisJson.Wire.ApiAuthorizer, 201);
    }

    public static ValueTask<AwsResult> Get(AwsRequest request, ApiServices services) =>
        AwsResult.Json(Find(services.Find(request), request.Path("AuthorizerId")), HttpApisJson.Wire.ApiAuthorizer);

    public static ValueTask<AwsResult> List(AwsRequest request, ApiServices services) => AwsResult.Json(
        ApiServices.Page(request, services.Find(request).Authorizers, static authorizer => authorizer.AuthorizerId), HttpApisJson.Wire.ApiPageApiAuthorizer);

    public static async ValueTask<AwsResult> Update(AwsRequest request, ApiServices services)
    {
        ApiAuthorizer? changed = null;
        await services.ChangeAsync(request, api =>
        {
            var before = Find(api, request.Path("AuthorizerId"));
            changed = Patched(api, before, request, services);
            return api with { Authorizers = [.. api.Authorizers.Select(authorizer => ReferenceEquals(authorizer, before) ? changed : authorizer)] };
        });
        return AwsResult.Json(changed!, HttpApisJson.Wire.ApiAuthorizer);
    }

    public static async ValueTask<AwsResult> Delete(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = Find(api, request.Path("AuthorizerId"));
            if (api.Routes.FirstOrDefault(route => route.AuthorizerId == gone.AuthorizerId) is { } user)
                throw ApiErrors.Conflict($"Cannot delete authorizer '{gone.AuthorizerId}', is referenced in route: {user.RouteId}").AsException();
            return api with { Authorizers = [.. api.Authorizers.Where(authorizer => !ReferenceEquals(authorizer, gone))] };
        });
        return AwsResult.Empty(204);
    }

    public static ValueTask<AwsResult> ResetCache(AwsRequest request, ApiServices services)
    {
        var api = services.Find(request);
        Stages.Find(api, request.Path("StageName"));
        services.Catalog.Recompile(api);
        return AwsResult.Empty(204);
    }

    /// <exception cref="AwsException">There is none.</exception>
    public static ApiAuthorizer Find(HttpApi api, string id) =>
        api.Authorizers.FirstOrDefault(authorizer => authorizer.AuthorizerId == id) ?? throw ApiErrors.Unknown("Authorizer", id).AsException();

    static ApiAuthorizer Patched(HttpApi api, ApiAuthorizer authorizer, AwsRequest request, ApiServices services)
    {
        var patched = ApiPatch.Apply(authorizer, request.Json(), HttpApisJson.Default.ApiAuthorizer, s_members);
        if (api.Authorizers.Any(other => other.AuthorizerId != patched.AuthorizerId && other.Name == patched.Name))
            throw ApiErrors.Conflict($"Authorizer with name {patched.Name} already exists for this API").AsException();
        foreach (var source in patched.IdentitySource ?? [])
        {
            if (IdentitySource.TryRead(source) is null)
                throw ApiErrors.Bad($"Invalid identity source specified: {source}").AsException();
        }

        return patched.AuthorizerType == ApiAuthorizer.Jwt ? OfTokens(patched) : OfFunction(patched, request, services);
    }

    static ApiAuthorizer OfTokens(ApiAuthorizer authorizer)
    {
        if (authorizer.AuthorizerUri is not null || authorizer.AuthorizerPayloadFormatVersion is not null || authorizer.EnableSimpleResponses is not null)
            throw ApiErrors.Bad("AuthorizerUri, AuthorizerPayloadFormatVersion and EnableSimpleResponses are not supported for JWT authorizers").AsException();
        if (authorizer.JwtConfiguration is not { Issuer: { } issuer, Audience.Count: > 0 })
            throw ApiErrors.Bad("JwtConfiguration with an issuer and an audience is required for JWT authorizers").AsException();
        // An issuer of this machine needs no TLS, for tests; everybody else does.
        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var uri) || !(uri.Scheme == "https" || uri is { Scheme: "http", IsLoopback: true }))
            throw ApiErrors.Bad($"Invalid issuer: {issuer}. Issuer must be a valid HTTPS URL").AsException();
        if (authorizer.IdentitySource is not [_])
            throw ApiErrors.Bad("JWT authorizers need exactly one identity source").AsException();
        return authorizer;
    }

    static ApiAuthorizer OfFunction(ApiAuthorizer authorizer, AwsRequest request, ApiServices services)
    {
        if (authorizer.JwtConfiguration is not null)
            throw ApiErrors.Bad("JwtConfiguration is not supported for REQUEST authorizers").AsException();
        if (!FunctionUri.IsFunction(authorizer.AuthorizerUri))
            throw ApiErrors.Bad("Invalid Authorizer URI: it must be the invocation URI of a Lambda function").AsException();
        if (authorizer.AuthorizerPayloadFormatVersion is null)
            throw ApiErrors.Bad("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer").AsException();
        if (authorizer.AuthorizerPayloadFormatVersion is not ("1.0" or "2.0"))
            throw ApiErrors.Bad("AuthorizerPayloadFormatVersion must be one of [1.0, 2.0]").AsException();
        if (authorizer is { AuthorizerPayloadFormatVersion: "1.0", EnableSimpleResponses: true })
            throw ApiErrors.Bad("EnableSimpleResponses is only supported for AuthorizerPayloadFormatVersion 2.0").AsException();
        services.CheckRole(request, authorizer.AuthorizerCredentialsArn);
        var hasSources = authorizer.IdentitySource is { Count: > 0 };
        if (!hasSources && authorizer.AuthorizerResultTtlInSeconds > 0)
            throw ApiErrors.Bad("Identity sources are required to cache authorizer results").AsException();
        return authorizer with { AuthorizerResultTtlInSeconds = authorizer.AuthorizerResultTtlInSeconds ?? (hasSources ? UsualTtl : 0) };
    }
}
