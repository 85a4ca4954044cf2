using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Iam;

namespace Pilotlight.HttpApis;

/// <summary>What the operations of this slice work with.</summary>
sealed record ApiServices(HttpApiCatalog Catalog, HttpApisOptions Options, Authorizer Authorizer)
{
    const int MostOfPage = 500;
    const int UsualPage = 100;

    public static string IdOf(AwsRequest request) => request.Path("ApiId");

    /// <exception cref="AwsException">The caller has no such API in this region.</exception>
    public HttpApi Find(AwsRequest request) => Own(request, Catalog.Find(IdOf(request)));

    /// <summary>Changes the API that the request names.</summary>
    /// <exception cref="AwsException">What <paramref name="decide"/> threw to refuse.</exception>
    public async Task<HttpApi> ChangeAsync(AwsRequest request, Func<HttpApi, HttpApi> decide) =>
        (await Catalog.ChangeAsync(IdOf(request), api => decide(Own(request, api))))!;

    public ApiShown Show(HttpApi api, HttpRequest request) => new()
    {
        // Whoever asks reaches the platform by this scheme and port, and so will whoever uses the API.
        ApiEndpoint = $"{request.Scheme}://{api.ApiId}.execute-api.{Options.Domain}{(request.Host.Port is { } port ? $":{port}" : "")}",
        ApiId = api.ApiId,
        ApiKeySelectionExpression = api.ApiKeySelectionExpression,
        CorsConfiguration = api.CorsConfiguration,
        CreatedDate = api.CreatedDate,
        Description = api.Description,
        DisableExecuteApiEndpoint = api.DisableExecuteApiEndpoint,
        IpAddressType = api.IpAddressType,
        Name = api.Name,
        RouteSelectionExpression = api.RouteSelectionExpression,
        Tags = api.Tags,
        Version = api.Version,
    };

    /// <summary>Who gives API Gateway a role must be allowed to pass it on.</summary>
    /// <exception cref="AwsException">He is not, or it is none.</exception>
    public void CheckRole(AwsRequest request, string? roleArn)
    {
        if (roleArn is null)
            return;
        if (roleArn.Split(':', 6) is not ["arn", _, "iam", "", var account, var name] || !name.StartsWith("role/", StringComparison.Ordinal))
            throw ApiErrors.NotHere("Credentials other than a role's are").AsException();
        if (account != request.AccountId)
            throw ApiErrors.Bad("Cross-account pass role is not allowed.").AsException();
        if (Authorizer.Check(request, "iam:PassRole", roleArn, PassedToGateway) is { } refused)
            throw refused.AsException();

        static ConditionValues PassedToGateway(string key) =>
            key.Equals("iam:passedtoservice", StringComparison.OrdinalIgnoreCase) ? "apigateway.amazonaws.com" : ConditionValues.None;
    }

    /// <summary>One page of what is sorted by its id; the token names the first item of the next.</summary>
    /// <exception cref="AwsException">Size or token are none.</exception>
    public static ApiPage<T> Page<T>(AwsRequest request, IEnumerable<T> items, Func<T, string> idOf)
    {
        var size = UsualPage;
        if (request.Query("maxResults") is { Length: > 0 } asked
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > MostOfPage))
            throw ApiErrors.Bad($"Invalid value for maxResults: it must be between 1 and {MostOfPage}").AsException();
        var start = request.Query("nextToken") is { Length: > 0 } token ? Start(token) : "";
        List<T> page = [.. items.OrderBy(idOf, StringComparer.Ordinal).SkipWhile(item => string.CompareOrdinal(idOf(item), start) < 0).Take(size + 1)];
        return page.Count <= size
            ? new ApiPage<T>(page, null)
            : new ApiPage<T>(page[..size], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(idOf(page[size]))));
    }

    static string Start(string token)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Base64Url.DecodeFromChars(token));
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            throw ApiErrors.Bad("Invalid next token").AsException();
        }
    }

    static HttpApi Own(AwsRequest request, HttpApi? api) =>
        api is not null && api.AccountId == request.AccountId && api.Region == request.Region
            ? api
            : throw ApiErrors.UnknownApi(request, IdOf(request)).AsException();
}
