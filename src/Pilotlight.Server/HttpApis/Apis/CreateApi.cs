using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html: with a target it is whole at once: an integration, a route and a stage that deploys by itself.</summary>
static class CreateApi
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
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
        api = ApiRules.Checked(ApiPatch.Apply(api, body, HttpApisJson.Default.HttpApi, ApiRules.Members, "tags"));
        if (ApiRules.Text(body, "target") is { } target)
            api = ApiRules.WithTarget(api, target, ApiRules.Text(body, "routeKey") ?? HttpApi.DefaultRoute, ApiRules.Text(body, "credentialsArn"), request, services);
        else if (ApiRules.Text(body, "routeKey") is not null || ApiRules.Text(body, "credentialsArn") is not null)
            return ApiErrors.Bad("RouteKey and CredentialsArn need a Target");
        var added = await services.Catalog.AddAsync(api);
        return AwsResult.Json(services.Show(added, request.Http.Request), HttpApisJson.Wire.ApiShown, 201);
    }
}
