using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>What an authorizer must be like.</summary>
static class AuthorizerRules
{
    const int UsualTtl = 300;

    static readonly string[] s_members =
    [
        "authorizerCredentialsArn", "authorizerPayloadFormatVersion", "authorizerResultTtlInSeconds", "authorizerType", "authorizerUri",
        "enableSimpleResponses", "identitySource", "jwtConfiguration", "name",
    ];

    /// <exception cref="AwsException">There is none.</exception>
    public static ApiAuthorizer Find(HttpApi api, string id) =>
        api.Authorizers.FirstOrDefault(authorizer => authorizer.AuthorizerId == id) ?? throw ApiErrors.Unknown("Authorizer", id).AsException();

    public static ApiAuthorizer Patched(HttpApi api, ApiAuthorizer authorizer, AwsRequest request, ApiServices services)
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
