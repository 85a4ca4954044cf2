using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Functions;

/// <summary>
/// Download links for packages. A link carries its own proof (an HMAC over hash and expiry), because whoever follows it does not sign.
/// The key lives as long as the process: a restart ends the few links that are out.
/// </summary>
public sealed class CodeLinks(PackageStore packages, FunctionsOptions options, TimeProvider time)
{
    public const string Route = "/_pilotlight/code/{hash}";

    readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string UrlOf(string hash, HttpRequest request)
    {
        var expires = time.GetUtcNow().Add(options.CodeLinkLifetime).ToUnixTimeSeconds();
        return $"{request.Scheme}://{request.Host}{request.PathBase}/_pilotlight/code/{hash}?expires={expires}&signature={Sign(hash, expires)}";
    }

    public async Task ServeAsync(HttpContext http)
    {
        var hash = http.Request.RouteValues["hash"] as string ?? "";
        if (!IsValid(hash, http.Request.Query["expires"].ToString(), http.Request.Query["signature"].ToString()))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        using var use = packages.Use(hash);
        if (!packages.Exists(hash))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await using var zip = packages.OpenZip(hash);
        http.Response.ContentType = "application/zip";
        http.Response.ContentLength = zip.Length;
        await zip.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    bool IsValid(string hash, string expires, string signature) =>
        long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds >= time.GetUtcNow().ToUnixTimeSeconds()
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(hash, seconds)), Encoding.UTF8.GetBytes(signature));

    string Sign(string hash, long expires) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{hash}\n{expires.ToString(CultureInfo.InvariantCulture)}")));
}
