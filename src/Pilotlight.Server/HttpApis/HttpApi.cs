using System.Security.Cryptography;

namespace Pilotlight.HttpApis;

/// <summary>An HTTP API with everything in it: immutable, one document on disk.</summary>
public sealed record HttpApi
{
    public const int IdLength = 10;
    public const string DefaultStage = "$default";
    public const string DefaultRoute = "$default";

    const string IdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

    public required string AccountId { get; init; }
    public required string Region { get; init; }

    /// <summary>Names the API in host names.</summary>
    public required string ApiId { get; init; }

    public string Name { get; init; } = "";
    public string? Description { get; init; }
    public string? Version { get; init; }
    public ApiCors? CorsConfiguration { get; init; }
    public bool DisableExecuteApiEndpoint { get; init; }
    public string IpAddressType { get; init; } = "ipv4";
    public string ApiKeySelectionExpression { get; init; } = "$request.header.x-api-key";
    public string RouteSelectionExpression { get; init; } = "$request.method $request.path";
    public required DateTime CreatedDate { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<ApiRoute> Routes { get; init; } = [];
    public IReadOnlyList<ApiIntegration> Integrations { get; init; } = [];
    public IReadOnlyList<ApiAuthorizer> Authorizers { get; init; } = [];
    public IReadOnlyList<ApiStage> Stages { get; init; } = [];
    public IReadOnlyList<ApiDeployment> Deployments { get; init; } = [];

    public string Arn => ArnOf(Region, ApiId);

    /// <summary>What this API would serve if it were deployed now.</summary>
    internal ApiSnapshot Snapshot => new(Routes, Integrations, Authorizers, CorsConfiguration);

    public static string ArnOf(string region, string apiId) => $"arn:aws:apigateway:{region}::/apis/{apiId}";

    internal static string NewId(int length = 7) => RandomNumberGenerator.GetString(IdLetters, length);

    /// <summary>Only ids: anything else in a host name is somebody else's.</summary>
    internal static bool IsId(ReadOnlySpan<char> text) => text.Length == IdLength && !text.ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789");
}

/// <summary>Which other web sites' pages may use the API. What was not set is null.</summary>
public sealed record ApiCors
{
    public bool? AllowCredentials { get; init; }
    public IReadOnlyList<string>? AllowHeaders { get; init; }
    public IReadOnlyList<string>? AllowMethods { get; init; }
    public IReadOnlyList<string>? AllowOrigins { get; init; }
    public IReadOnlyList<string>? ExposeHeaders { get; init; }
    public int? MaxAge { get; init; }
}

/// <summary>A route, as it is stored and as the API shows it.</summary>
public sealed record ApiRoute
{
    public bool? ApiGatewayManaged { get; init; }
    public bool ApiKeyRequired { get; init; }
    public IReadOnlyList<string>? AuthorizationScopes { get; init; }

    /// <summary><c>NONE</c>, <c>AWS_IAM</c>, <c>CUSTOM</c> or <c>JWT</c>.</summary>
    public string AuthorizationType { get; init; } = "NONE";

    public string? AuthorizerId { get; init; }
    public string? OperationName { get; init; }
    public required string RouteId { get; init; }

    /// <summary><c>$default</c>, or a method (or <c>ANY</c>) and a path.</summary>
    public string RouteKey { get; init; } = "";

    /// <summary><c>integrations/ID</c>.</summary>
    public string? Target { get; init; }
}

/// <summary>What a route leads to.</summary>
public sealed record ApiIntegration
{
    public const string Function = "AWS_PROXY";
    public const string Address = "HTTP_PROXY";

    public bool? ApiGatewayManaged { get; init; }
    public string ConnectionType { get; init; } = "INTERNET";
    public string? CredentialsArn { get; init; }
    public string? Description { get; init; }
    public required string IntegrationId { get; init; }
    public string? IntegrationMethod { get; init; }
    public string IntegrationType { get; init; } = Function;
    public string? IntegrationUri { get; init; }
    public string? PayloadFormatVersion { get; init; }
    public int TimeoutInMillis { get; init; } = 30_000;
}

/// <summary>Who is asked whether a request may pass.</summary>
public sealed record ApiAuthorizer
{
    public const string Request = "REQUEST";
    public const string Jwt = "JWT";

    public string? AuthorizerCredentialsArn { get; init; }
    public required string AuthorizerId { get; init; }
    public string? AuthorizerPayloadFormatVersion { get; init; }
    public int? AuthorizerResultTtlInSeconds { get; init; }
    public string AuthorizerType { get; init; } = Request;
    public string? AuthorizerUri { get; init; }
    public bool? EnableSimpleResponses { get; init; }
    public IReadOnlyList<string>? IdentitySource { get; init; }
    public ApiJwt? JwtConfiguration { get; init; }
    public string Name { get; init; } = "";
}

public sealed record ApiJwt
{
    public IReadOnlyList<string>? Audience { get; init; }
    public string? Issuer { get; init; }
}

public sealed record ApiStage
{
    public ApiAccessLog? AccessLogSettings { get; init; }
    public bool? ApiGatewayManaged { get; init; }
    public bool? AutoDeploy { get; init; }
    public DateTime CreatedDate { get; init; }
    public ApiRouteSettings? DefaultRouteSettings { get; init; }
    public string? DeploymentId { get; init; }
    public string? Description { get; init; }
    public string? LastDeploymentStatusMessage { get; init; }
    public DateTime LastUpdatedDate { get; init; }
    public IReadOnlyDictionary<string, ApiRouteSettings> RouteSettings { get; init; } = new Dictionary<string, ApiRouteSettings>();
    public string StageName { get; init; } = "";
    public IReadOnlyDictionary<string, string> StageVariables { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

public sealed record ApiAccessLog
{
    public string? DestinationArn { get; init; }
    public string? Format { get; init; }
}

public sealed record ApiRouteSettings
{
    public bool? DataTraceEnabled { get; init; }
    public bool? DetailedMetricsEnabled { get; init; }
    public string? LoggingLevel { get; init; }
    public int? ThrottlingBurstLimit { get; init; }
    public double? ThrottlingRateLimit { get; init; }
}

/// <summary>What an API was when it was deployed; stages serve deployments.</summary>
public sealed record ApiDeployment
{
    public bool AutoDeployed { get; init; }
    public required DateTime CreatedDate { get; init; }
    public required string DeploymentId { get; init; }
    public string DeploymentStatus { get; init; } = "DEPLOYED";
    public string? Description { get; init; }

    /// <summary>Null in what is shown.</summary>
    public ApiSnapshot? Content { get; init; }
}

/// <summary>The parts of an API that take effect when it is deployed.</summary>
public sealed record ApiSnapshot(
    IReadOnlyList<ApiRoute> Routes, IReadOnlyList<ApiIntegration> Integrations, IReadOnlyList<ApiAuthorizer> Authorizers, ApiCors? CorsConfiguration);
