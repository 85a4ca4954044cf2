using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>CreateApi, GetApi, GetApis, UpdateApi, DeleteApi, DeleteCorsConfiguration.</summary>
static class Apis
{
    static readonly string[] s_members =
    [
        "apiKeySelectionExpression", "corsConfiguration", "description", "disableExecuteApiEndpoint", "ipAddressType", "name", "routeSelectionExpression",
        "tags", "version",
    ];

    /// <summary>With a target it is whole at once: an integration, a route and a stage that deploys by itself.</summary>
    public static async ValueTask<AwsResult> Create(AwsRequest request, ApiServices services)
    {
        var body = request.Json();
        switch (body.GetProperty("protocolType").GetString())
        {
            case "HTTP":
                break;
            case "WEBSOCKET":
                return ApiErrors.NotHere("WebSocket APIs are");
            default:
                return ApiErrors.Protocol;
        }

        var api = new HttpApi
        {
            AccountId = request.AccountId,
            Region = request.Region,
            ApiId = HttpApi.NewId(HttpApi.IdLength),
            CreatedDate = services.Catalog.Now,
        };
        api = Checked(ApiPatch.Apply(api, body, HttpApisJson.Default.HttpApi, s_members, "tags"));
        if (Text(body, "target") is { } target)
            api = WithTarget(api, target, Text(body, "routeKey") ?? HttpApi.DefaultRoute, Text(body, "credentialsArn"), request, services);
        else if (Text(body, "routeKey") is not null || Text(body, "credentialsArn") is not null)
            return ApiErrors.Bad("RouteKey and CredentialsArn need a Target");
        var added = await services.Catalog.AddAsync(api);
        return AwsResult.Json(services.Show(added, request.Http.Request), HttpApisJson.Wire.ApiShown, 201);
    }

    public static ValueTask<AwsResult> Get(AwsRequest request, ApiServices services) =>
        AwsResult.Json(services.Show(services.Find(request), request.Http.Request), HttpApisJson.Wire.ApiShown);

    public static ValueTask<AwsResult> List(AwsRequest request, ApiServices services)
    {
        var shown = services.Catalog.List(request.AccountId, request.Region).Select(api => services.Show(api, request.Http.Request));
        return AwsResult.Json(ApiServices.Page(request, shown, static api => api.ApiId), HttpApisJson.Wire.ApiPageApiShown);
    }

    public static async ValueTask<AwsResult> Update(AwsRequest request, ApiServices services)
    {
        var body = request.Json();
        var changed = await services.ChangeAsync(request, api =>
        {
            var next = Checked(ApiPatch.Apply(api, body, HttpApisJson.Default.HttpApi, s_members));
            // What was read back is equal, but not the same: only what the request sets is a change.
            next = api with
            {
                ApiKeySelectionExpression = next.ApiKeySelectionExpression,
                CorsConfiguration = body.TryGetProperty("corsConfiguration", out _) ? next.CorsConfiguration : api.CorsConfiguration,
                Description = next.Description,
                DisableExecuteApiEndpoint = next.DisableExecuteApiEndpoint,
                IpAddressType = next.IpAddressType,
                Name = next.Name,
                RouteSelectionExpression = next.RouteSelectionExpression,
                Version = next.Version,
            };
            if (Text(body, "target") is null && Text(body, "routeKey") is null && Text(body, "credentialsArn") is null)
                return next;
            var route = next.Routes.FirstOrDefault(route => route.ApiGatewayManaged == true) ?? throw NotQuick.AsException();
            var integration = next.Integrations.FirstOrDefault(integration => integration.ApiGatewayManaged == true) ?? throw NotQuick.AsException();
            integration = integration with
            {
                IntegrationUri = Text(body, "target") ?? integration.IntegrationUri,
                CredentialsArn = Text(body, "credentialsArn") ?? integration.CredentialsArn,
            };
            Integrations.Check(integration, request, services);
            next = next with { Integrations = [.. next.Integrations.Select(each => each.IntegrationId == integration.IntegrationId ? integration : each)] };
            var moved = Routes.Checked(next, route with { RouteKey = Text(body, "routeKey") ?? route.RouteKey });
            return next with { Routes = [.. next.Routes.Select(each => each.RouteId == moved.RouteId ? moved : each)] };
        });
        return AwsResult.Json(services.Show(changed, request.Http.Request), HttpApisJson.Wire.ApiShown);
    }

    public static async ValueTask<AwsResult> Delete(AwsRequest request, ApiServices services)
    {
        var id = services.Find(request).ApiId;
        await services.Catalog.ChangeAsync(id, api => api is null ? throw ApiErrors.UnknownApi(request, id).AsException() : null);
        return AwsResult.Empty(204);
    }

    public static async ValueTask<AwsResult> DeleteCors(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, static api => api with { CorsConfiguration = null });
        return AwsResult.Empty(204);
    }

    static AwsError NotQuick { get; } = ApiErrors.Bad("Only APIs that were created with a Target have one to update");

    static HttpApi WithTarget(HttpApi api, string target, string routeKey, string? credentials, AwsRequest request, ApiServices services)
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
        Integrations.Check(integration, request, services);
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
        return api with { Routes = [Routes.Checked(api, route)] };
    }

    static HttpApi Checked(HttpApi api)
    {
        if (api.CorsConfiguration is { AllowCredentials: true } cors && (cors.AllowOrigins?.Contains("*") ?? false))
            throw ApiErrors.Bad("allow-credentials is not supported when the allowed origin is *").AsException();
        return api;
    }

    internal static string? Text(System.Text.Json.JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == System.Text.Json.JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
