using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Functions;

public sealed record FunctionUrlRequest
{
    public string? AuthType { get; init; }
    public FunctionUrlCors? Cors { get; init; }
    public string? InvokeMode { get; init; }
}

/// <summary>A URL as the API shows it, in AWS's order of members.</summary>
public sealed record FunctionUrlConfig
{
    public required string FunctionUrl { get; init; }
    public required string FunctionArn { get; init; }
    public required string AuthType { get; init; }
    public FunctionUrlCors? Cors { get; init; }
    public required string CreationTime { get; init; }
    public string? LastModifiedTime { get; init; }
    public string? InvokeMode { get; init; }
}

/// <summary>What the operations on URLs share.</summary>
static class FunctionUrls
{
    static readonly ListShape s_headers = new(LambdaShapes.Header) { Min = 0, Max = 100 };

    public static StructureShape CorsShape { get; } = new(
        "Cors",
        ModelMember.Body("AllowCredentials", LambdaShapes.Boolean),
        ModelMember.Body("AllowHeaders", s_headers),
        ModelMember.Body("AllowMethods", new ListShape(LambdaShapes.Method) { Min = 0, Max = 6 }),
        ModelMember.Body("AllowOrigins", new ListShape(LambdaShapes.Origin) { Min = 0, Max = 100 }),
        ModelMember.Body("ExposeHeaders", s_headers),
        ModelMember.Body("MaxAge", LambdaShapes.MaxAge));

    public static AwsError FunctionNotFound { get; } = AwsError.NotFound("Function does not exist");

    public static AwsError UrlNotFound { get; } = AwsError.NotFound("The resource you requested does not exist.");

    public static AwsError Exists(string arn) => AwsError.Conflict(
        $"Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists for this Lambda function");

    /// <summary>The rule is AWS's, the words are ours.</summary>
    public static AwsError NoTenants { get; } =
        AwsError.InvalidParameter("Function URLs are not supported for functions with tenant isolation.");

    /// <summary>The rule is AWS's, the words are ours.</summary>
    static AwsError UnknownMethod(string method) => AwsError.InvalidParameter(
        $"AllowMethods holds '{method}'. It may hold GET, PUT, HEAD, POST, PATCH, DELETE and *.");

    /// <exception cref="AwsException">A method is none of those that may be allowed.</exception>
    public static FunctionUrlCors? Checked(FunctionUrlCors? cors)
    {
        var unknown = cors?.AllowMethods?.FirstOrDefault(method => method is not ("GET" or "PUT" or "HEAD" or "POST" or "PATCH" or "DELETE" or "*"));
        return unknown is null ? cors?.OrNone : throw UnknownMethod(unknown).AsException();
    }

    /// <summary>The input of an operation that sets a URL.</summary>
    /// <param name="authType">A new URL must have one.</param>
    public static OperationModel ModelWith(ModelMember authType) => new(
        ModelMember.Query("Qualifier", LambdaShapes.FunctionUrlQualifier),
        ModelMember.Path("FunctionName", LambdaShapes.FunctionName),
        authType,
        ModelMember.Body("Cors", CorsShape),
        ModelMember.Body("InvokeMode", LambdaShapes.InvokeMode));

    /// <summary>Sets the URL that a request names to what <paramref name="decide"/> makes of the function and of what the request gives.</summary>
    /// <exception cref="AwsException">There is no such function, or what <paramref name="decide"/> threw to refuse.</exception>
    public static async Task<(FunctionReference Reference, FunctionUrl Url)> PutAsync(
        AwsRequest request, FunctionCatalog catalog, Func<Function, FunctionReference, FunctionUrlRequest, FunctionUrl> decide)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            throw refused.AsException();
        var input = request.Read(FunctionsJson.Default.FunctionUrlRequest);
        FunctionUrl? url = null;
        await catalog.ChangeAsync(reference.Key, current =>
        {
            if (current is null || !CanHaveUrl(current, reference.Qualifier))
                throw FunctionNotFound.AsException();
            url = decide(current, reference, input);
            return current.WithUrl(reference.Qualifier, url);
        });
        return (reference, url!);
    }

    /// <summary>Whether a URL may hang there: on the function itself and on aliases, but on no version.</summary>
    public static bool CanHaveUrl(Function? function, string? qualifier) =>
        function is not null && (qualifier is null || function.Aliases.ContainsKey(qualifier));

    /// <param name="request">Whoever asks reaches the platform by this scheme and port, and so will whoever follows the URL.</param>
    public static FunctionUrlConfig Show(FunctionUrl url, FunctionReference reference, FunctionUrlOptions options, HttpRequest request) => new()
    {
        FunctionUrl = $"{request.Scheme}://{url.Id}.lambda-url.{reference.Region}.{options.Domain}{(request.Host.Port is { } port ? $":{port}" : "")}/",
        FunctionArn = reference.QualifiedArn,
        AuthType = url.AuthType,
        Cors = url.Cors,
        CreationTime = Timestamp(url.CreationTime),
        LastModifiedTime = Timestamp(url.LastModified),
        InvokeMode = url.InvokeMode ?? FunctionUrl.Buffered,
    };

    /// <summary>Nanoseconds, of which this clock knows hundreds.</summary>
    static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
}
