using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html</summary>
static class UpdateIntegration
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        ApiIntegration? changed = null;
        await services.ChangeAsync(request, api =>
        {
            var before = IntegrationRules.Find(api, request.Path("IntegrationId"));
            changed = IntegrationRules.Patched(before, request, services);
            return api with { Integrations = [.. api.Integrations.Select(integration => ReferenceEquals(integration, before) ? changed : integration)] };
        });
        return AwsResult.Json(changed!, HttpApisJson.Wire.ApiIntegration);
    }
}
