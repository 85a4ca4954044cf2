using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html</summary>
static class GetIntegrations
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) => AwsResult.Json(
        ApiServices.Page(request, services.Find(request).Integrations, static integration => integration.IntegrationId),
        HttpApisJson.Wire.ApiPageApiIntegration);
}
