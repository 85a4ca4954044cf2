using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html</summary>
static class GetIntegration
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) =>
        AwsResult.Json(IntegrationRules.Find(services.Find(request), request.Path("IntegrationId")), HttpApisJson.Wire.ApiIntegration);
}
