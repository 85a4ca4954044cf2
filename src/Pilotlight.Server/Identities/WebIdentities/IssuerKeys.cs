using System.Collections.Concurrent;
using System.Text.Json;

namespace Pilotlight.Identities;

/// <summary>
/// The keys that issuers of tokens publish, asked for at addresses under TLS (or of this machine) and remembered for a while. Who asks
/// has made sure that somebody configured the issuer: a token's word alone must not send requests anywhere.
/// </summary>
sealed class IssuerKeys(TimeProvider time) : IDisposable
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

    readonly ConcurrentDictionary<(string Issuer, bool OverHttp), (DateTimeOffset At, JsonWebKeys Keys)> _keys = [];

    /// <summary>Null when the issuer does not say.</summary>
    /// <param name="issuer">A URL.</param>
    /// <param name="token">Decides whether keys that are remembered will do.</param>
    /// <param name="overHttp">The issuer is on this machine and needs no TLS.</param>
    public async Task<JsonWebKeys?> FindAsync(string issuer, JsonWebToken token, bool overHttp, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (_keys.TryGetValue((issuer, overHttp), out var known) && now - known.At < (known.Keys.Has(token) ? s_keysLive : s_patience))
            return known.Keys;
        try
        {
            var discovery = await GetAsync($"{issuer.TrimEnd('/')}/.well-known/openid-configuration", overHttp, cancellation);
            if (JwksUri(discovery) is not { } uri || JsonWebKeys.TryRead(await GetAsync(uri, overHttp, cancellation)) is not { } keys)
                return null;
            _keys[(issuer, overHttp)] = (now, keys);
            return keys;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    async Task<byte[]?> GetAsync(string address, bool overHttp, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != "https" && !(overHttp && uri is { Scheme: "http", IsLoopback: true }))
            return null;
        using var answer = await _http.GetAsync(uri, HttpCompletionOption.ResponseContentRead, cancellation);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(cancellation) : null;
    }

    static string? JwksUri(byte[]? discovery)
    {
        if (discovery is null)
            return null;
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
