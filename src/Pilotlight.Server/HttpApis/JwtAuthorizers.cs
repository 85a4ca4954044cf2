using System.Text.Json;
using Pilotlight.Identities;

namespace Pilotlight.HttpApis;

/// <summary>Lets in whom a token of the configured issuer vouches for.</summary>
sealed class JwtAuthorizers(IssuerKeys issuers)
{
    const int MaxTokenChars = 16 * 1024;

    public async ValueTask<Admission> CheckAsync(ApiRequest request, ServedAuthorizer authorizer)
    {
        if (authorizer.Sources is not [var source, ..] || source.ValueIn(request) is not { } text)
            return Refused(null);
        if (text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            text = text["Bearer ".Length..];
        if (text.Length > MaxTokenChars || JsonWebToken.TryParse(text.Trim()) is not { HasCriticalExtensions: false } token || token.Algorithm != "RS256")
            return Refused("the token is malformed");
        var jwt = authorizer.Authorizer.JwtConfiguration;
        if (jwt?.Issuer is not { } issuer || token.Issuer?.TrimEnd('/') != issuer.TrimEnd('/'))
            return Refused("the token has an unknown issuer");
        if (!IsFor(token, jwt.Audience ?? []))
            return Refused("the token does not have a valid audience");
        if (OutOfTime(token, request.Time.ToUnixTimeSeconds()) is { } reason)
            return Refused(reason);
        var overHttp = issuer.StartsWith("http://", StringComparison.Ordinal);
        if (await issuers.FindAsync(issuer, token, overHttp, request.Http.RequestAborted) is not { } keys)
            return Refused("OIDC discovery endpoint communication error");
        if (!keys.Verify(token))
            return Refused("the token has an invalid signature");
        if (request.Route.Route.AuthorizationScopes is not { Count: > 0 } wanted)
            return new Admission(new ApiIdentity.Token(token.Claims, null));
        var scopes = ScopesOf(token.Claims);
        return wanted.Any(scopes.Contains) ? new Admission(new ApiIdentity.Token(token.Claims, scopes)) : Admission.Forbidden;
    }

    static Admission Refused(string? reason) => Admission.Unauthorized with
    {
        Challenge = reason is null ? "Bearer" : $"Bearer scope=\"\" error=\"invalid_token\" error_description=\"{reason}\"",
    };

    /// <summary>Access tokens of Cognito have no audience, but the client's id.</summary>
    static bool IsFor(JsonWebToken token, IReadOnlyList<string> audiences) =>
        token.Claims.TryGetProperty("aud", out _)
            ? token.Audiences.Any(audiences.Contains)
            : token.Claims.TryGetProperty("client_id", out var client) && client.ValueKind == JsonValueKind.String && audiences.Contains(client.GetString()!);

    static string? OutOfTime(JsonWebToken token, long now) =>
        token.Seconds("exp") is not { } expires || expires <= now ? "the token has expired"
        : token.Seconds("nbf") > now || token.Seconds("iat") > now + 60 ? "the token is not valid yet"
        : null;

    static IReadOnlyList<string> ScopesOf(JsonElement claims)
    {
        foreach (var name in (ReadOnlySpan<string>)["scope", "scp"])
        {
            if (!claims.TryGetProperty(name, out var scopes))
                continue;
            if (scopes.ValueKind == JsonValueKind.String)
                return scopes.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (scopes.ValueKind == JsonValueKind.Array)
                return [.. scopes.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.String).Select(each => each.GetString()!)];
        }

        return [];
    }
}
