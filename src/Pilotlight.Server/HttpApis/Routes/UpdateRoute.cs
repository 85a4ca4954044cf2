using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid.html</summary>
static class UpdateRoute
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        ApiRoute? changed = null;
        await services.ChangeAsync(request, api =>
        {
            var before = RouteRules.Find(api, request);
            changed = RouteRules.Checked(api, RouteRules.Patched(before, request));
            return api with { Routes = [.. api.Routes.Select(route => ReferenceEquals(route, before) ? changed : route)] };
        });
        return AwsResult.Json(changed!, HttpApisJson.Wire.ApiRoute);
    }
}
