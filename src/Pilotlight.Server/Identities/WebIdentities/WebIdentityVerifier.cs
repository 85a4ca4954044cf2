using System.Collections.Concurrent;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>Somebody whom an issuer that the account trusts vouches for.</summary>
sealed record WebIdentity(OidcProvider Provider, string Issuer, string Subject, string Audience);

/// <summary>
/// Verifies the tokens of web identities with the keys that their issuer publishes. Keys are asked for only of issuers that the
/// account has registered, at addresses under TLS (or of this machine), and are remembered for a while.
/// </summary>
sealed class WebIdentityVerifier(TimeProvider time) : IDisposable
{
    const int MaxAnswerBytes = 256 * 1024;

    static readonly TimeSpan s_keysLive = TimeSpan.FromMinutes(10);

    /// <summary>An unknown key id may be a new key; but strangers do not make us ask more often than this.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = MaxAnswerBytes,
    };

    readonly ConcurrentDictionary<string, (DateTimeOffset At, JsonWebKeys Keys)> _keys = new(StringComparer.Ordinal);

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
        var keys = await KeysAsync(provider, issuer, token, cancellation);
        return keys.Verify(token)
            ? new WebIdentity(provider, issuer, subject, audience)
            : throw StsErrors.InvalidIdentityToken("The ID Token provided is not signed by its issuer.").AsException();
    }

    public void Dispose() => _http.Dispose();

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

    async Task<JsonWebKeys> KeysAsync(OidcProvider provider, string issuer, JsonWebToken token, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (_keys.TryGetValue(provider.Arn, out var known)
            && now - known.At < (known.Keys.Has(token) ? s_keysLive : s_patience))
            return known.Keys;
        try
        {
            var discovery = await GetAsync($"{issuer.TrimEnd('/')}/.well-known/openid-configuration", provider, cancellation);
            var keys = JwksUri(discovery) is { } uri ? JsonWebKeys.TryRead(await GetAsync(uri, provider, cancellation)) : null;
            if (keys is null)
                throw StsErrors.NoVerificationKey.AsException();
            _keys[provider.Arn] = (now, keys);
            return keys;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw StsErrors.NoVerificationKey.AsException();
        }
    }

    async Task<byte[]> GetAsync(string address, OidcProvider provider, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != "https" && !(provider.IssuesOverHttp && uri is { Scheme: "http", IsLoopback: true }))
            throw StsErrors.NoVerificationKey.AsException();
        using var answer = await _http.GetAsync(uri, HttpCompletionOption.ResponseContentRead, cancellation);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(cancellation) : throw StsErrors.NoVerificationKey.AsException();
    }

    static string? JwksUri(byte[] discovery)
    {
        try
        {
            using var json = JsonDocument.Parse(discovery);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("jwks_uri", out var uri)
                && uri.ValueKind == JsonValueKind.String ? uri.GetString() : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
