using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid.html</summary>
static class GetRoute
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) =>
        AwsResult.Json(RouteRules.Find(services.Find(request), request), HttpApisJson.Wire.ApiRoute);
}
