using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid.html</summary>
static class DeleteRoute
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = RouteRules.Find(api, request);
            return api with { Routes = [.. api.Routes.Where(route => !ReferenceEquals(route, gone))] };
        });
        return AwsResult.Empty(204);
    }
}
