using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html</summary>
static class UpdateApi
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var body = request.Json();
        var changed = await services.ChangeAsync(request, api =>
        {
            var next = ApiRules.Checked(ApiPatch.Apply(api, body, HttpApisJson.Default.HttpApi, ApiRules.Members));
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
            if (ApiRules.Text(body, "target") is null && ApiRules.Text(body, "routeKey") is null && ApiRules.Text(body, "credentialsArn") is null)
                return next;
            var route = next.Routes.FirstOrDefault(route => route.ApiGatewayManaged == true) ?? throw ApiRules.NotQuick.AsException();
            var integration = next.Integrations.FirstOrDefault(integration => integration.ApiGatewayManaged == true) ?? throw ApiRules.NotQuick.AsException();
            integration = integration with
            {
                IntegrationUri = ApiRules.Text(body, "target") ?? integration.IntegrationUri,
                CredentialsArn = ApiRules.Text(body, "credentialsArn") ?? integration.CredentialsArn,
            };
            IntegrationRules.Check(integration, request, services);
            next = next with { Integrations = [.. next.Integrations.Select(each => each.IntegrationId == integration.IntegrationId ? integration : each)] };
            var moved = RouteRules.Checked(next, route with { RouteKey = ApiRules.Text(body, "routeKey") ?? route.RouteKey });
            return next with { Routes = [.. next.Routes.Select(each => each.RouteId == moved.RouteId ? moved : each)] };
        });
        return AwsResult.Json(services.Show(changed, request.Http.Request), HttpApisJson.Wire.ApiShown);
    }
}
