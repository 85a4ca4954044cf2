using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.HttpApis;

/// <summary>Documents on disk and on the wire have the same members, in small letters.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(HttpApi))]
[JsonSerializable(typeof(ApiShown))]
[JsonSerializable(typeof(ApiPage<ApiShown>))]
[JsonSerializable(typeof(ApiPage<ApiRoute>))]
[JsonSerializable(typeof(ApiPage<ApiIntegration>))]
[JsonSerializable(typeof(ApiPage<ApiAuthorizer>))]
[JsonSerializable(typeof(ApiPage<ApiStage>))]
[JsonSerializable(typeof(ApiPage<ApiDeployment>))]
[JsonSerializable(typeof(TagsShown))]
sealed partial class HttpApisJson : JsonSerializerContext
{
    /// <summary>Letters outside of ASCII stand for themselves.</summary>
    public static HttpApisJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>An API as it is shown.</summary>
sealed record ApiShown
{
    public required string ApiEndpoint { get; init; }
    public required string ApiId { get; init; }
    public required string ApiKeySelectionExpression { get; init; }
    public ApiCors? CorsConfiguration { get; init; }
    public required DateTime CreatedDate { get; init; }
    public string? Description { get; init; }
    public required bool DisableExecuteApiEndpoint { get; init; }
    public required string IpAddressType { get; init; }
    public required string Name { get; init; }
    public string ProtocolType { get; init; } = "HTTP";
    public required string RouteSelectionExpression { get; init; }
    public required IReadOnlyDictionary<string, string> Tags { get; init; }
    public string? Version { get; init; }
}

sealed record ApiPage<T>(IReadOnlyList<T> Items, string? NextToken);

sealed record TagsShown(IReadOnlyDictionary<string, string> Tags);
