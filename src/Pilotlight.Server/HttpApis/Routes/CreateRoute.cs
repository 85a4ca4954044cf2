using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html</summary>
static class CreateRoute
{
    const int Most = 300;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        ApiRoute? made = null;
        await services.ChangeAsync(request, api =>
        {
            if (api.Routes.Count >= Most)
                throw ApiErrors.TooMany("routes").AsException();
            made = RouteRules.Checked(api, RouteRules.Patched(new ApiRoute { RouteId = HttpApi.NewId() }, request));
            return api with { Routes = [.. api.Routes, made] };
        });
        return AwsResult.Json(made!, HttpApisJson.Wire.ApiRoute, 201);
    }
}
