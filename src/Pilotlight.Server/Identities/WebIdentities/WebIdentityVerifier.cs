using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>Somebody whom an issuer that the account trusts vouches for.</summary>
sealed record WebIdentity(OidcProvider Provider, string Issuer, string Subject, string Audience);

/// <summary>
/// Verifies the tokens of web identities with the keys that their issuer publishes. Keys are asked for only of issuers that the
/// account has registered.
/// </summary>
sealed class WebIdentityVerifier(IssuerKeys issuers, TimeProvider time)
{
    /// <exception cref="AwsException">The token is refused, in STS's words.</exception>
    public async Task<WebIdentity> VerifyAsync(Account account, string text, CancellationToken cancellation)
    {
        if (JsonWebToken.TryParse(text) is not { Issuer: { } issuer, Subject: { } subject } token || token.HasCriticalExtensions)
        {
            throw StsErrors.InvalidIdentityToken(
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)").AsException();
        }

        if (token.Algorithm is not ("RS256" or "ES256"))
            throw StsErrors.InvalidIdentityToken("The ID Token provided is signed with an algorithm that is not supported.").AsException();
        var provider = Find(account, issuer);
        var audience = token.Audiences.FirstOrDefault(provider.ClientIds.Contains)
            ?? throw StsErrors.InvalidIdentityToken("Incorrect token audience").AsException();
        // Before the signature, as at AWS; it tells nobody more than the token itself.
        RefuseOutOfTime(token);
        var keys = await issuers.FindAsync(issuer, token, provider.IssuesOverHttp, cancellation) ?? throw StsErrors.NoVerificationKey.AsException();
        return keys.Verify(token)
            ? new WebIdentity(provider, issuer, subject, audience)
            : throw StsErrors.InvalidIdentityToken("The ID Token provided is not signed by its issuer.").AsException();
    }

    static OidcProvider Find(Account account, string issuer)
    {
        var separator = issuer.IndexOf("://", StringComparison.Ordinal);
        var name = separator < 0 ? issuer : issuer[(separator + 3)..].TrimEnd('/');
        var scheme = separator < 0 ? "https" : issuer[..separator];
        return account.OidcProviders.Find(name) is { } provider && scheme == (provider.IssuesOverHttp ? "http" : "https")
            ? provider
            : throw StsErrors.InvalidIdentityToken($"No OpenIDConnect provider found in your account for {issuer}").AsException();
    }

    void RefuseOutOfTime(JsonWebToken token)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (token.Seconds("exp") is not { } expires)
            throw StsErrors.InvalidIdentityToken("Missing a required claim: exp").AsException();
        if (expires <= now)
        {
            throw new AwsError(
                400, "ExpiredTokenException", $"Token expired: current date/time {now} must be before the expiration date/time {(long)expires}").AsException();
        }

        if (token.Seconds("nbf") > now + 60)
            throw StsErrors.InvalidIdentityToken("The ID Token provided is not valid yet.").AsException();
    }
}
