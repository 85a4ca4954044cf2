using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html</summary>
static class DeleteIntegration
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = IntegrationRules.Find(api, request.Path("IntegrationId"));
            if (api.Routes.FirstOrDefault(route => route.Target == $"integrations/{gone.IntegrationId}") is { } user)
                throw ApiErrors.Conflict($"Cannot delete Integration '{gone.IntegrationId}'. Route '{user.RouteId}' is using it").AsException();
            return api with { Integrations = [.. api.Integrations.Where(integration => !ReferenceEquals(integration, gone))] };
        });
        return AwsResult.Empty(204);
    }
}
