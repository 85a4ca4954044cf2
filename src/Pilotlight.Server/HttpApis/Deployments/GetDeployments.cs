using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html</summary>
static class GetDeployments
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) => AwsResult.Json(
        ApiServices.Page(request, services.Find(request).Deployments.Select(ApiDeployments.Shown), static made => made.DeploymentId), HttpApisJson.Wire.ApiPageApiDeployment);
}
