using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html</summary>
static class GetRoutes
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) =>
        AwsResult.Json(ApiServices.Page(request, services.Find(request).Routes, static route => route.RouteId), HttpApisJson.Wire.ApiPageApiRoute);
}
