using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid.html</summary>
static class GetDeployment
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) =>
        AwsResult.Json(ApiDeployments.Shown(ApiDeployments.Find(services.Find(request), ApiDeployments.IdOf(request))), HttpApisJson.Wire.ApiDeployment);
}
