using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>What the operations on APIs share.</summary>
static class ApiRules
{
    public static string[] Members { get; } =
    [
        "apiKeySelectionExpression", "corsConfiguration", "description", "disableExecuteApiEndpoint", "ipAddressType", "name", "routeSelectionExpression",
        "tags", "version",
    ];

    public static AwsError NotQuick { get; } = ApiErrors.Bad("Only APIs that were created with a Target have one to update");

    public static HttpApi WithTarget(HttpApi api, string target, string routeKey, string? credentials, AwsRequest request, ApiServices services)
    {
        var isFunction = FunctionUri.IsFunction(target);
        var integration = new ApiIntegration
        {
            ApiGatewayManaged = true,
            CredentialsArn = credentials,
            IntegrationId = HttpApi.NewId(),
            IntegrationType = isFunction ? ApiIntegration.Function : ApiIntegration.Address,
            IntegrationMethod = isFunction ? "POST" : "ANY",
            IntegrationUri = target,
            PayloadFormatVersion = isFunction ? "2.0" : "1.0",
        };
        IntegrationRules.Check(integration, request, services);
        api = api with
        {
            Integrations = [integration],
            Stages =
            [
                new ApiStage
                {
                    ApiGatewayManaged = true, AutoDeploy = true, StageName = HttpApi.DefaultStage, CreatedDate = api.CreatedDate, LastUpdatedDate = api.CreatedDate,
                    DefaultRouteSettings = new ApiRouteSettings { DetailedMetricsEnabled = false },
                },
            ],
        };
        var route = new ApiRoute { ApiGatewayManaged = true, RouteId = HttpApi.NewId(), RouteKey = routeKey, Target = $"integrations/{integration.IntegrationId}" };
        return api with { Routes = [RouteRules.Checked(api, route)] };
    }

    public static HttpApi Checked(HttpApi api)
    {
        if (api.CorsConfiguration is { AllowCredentials: true } cors && (cors.AllowOrigins?.Contains("*") ?? false))
            throw ApiErrors.Bad("allow-credentials is not supported when the allowed origin is *").AsException();
        return api;
    }

    public static string? Text(System.Text.Json.JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == System.Text.Json.JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
