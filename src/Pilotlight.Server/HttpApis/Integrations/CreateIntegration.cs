using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html</summary>
static class CreateIntegration
{
    const int Most = 300;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        ApiIntegration? made = null;
        await services.ChangeAsync(request, api =>
        {
            if (api.Integrations.Count >= Most)
                throw ApiErrors.TooMany("integrations").AsException();
            made = IntegrationRules.Patched(new ApiIntegration { IntegrationId = HttpApi.NewId() }, request, services);
            return api with { Integrations = [.. api.Integrations, made] };
        });
        return AwsResult.Json(made!, HttpApisJson.Wire.ApiIntegration, 201);
    }
}
