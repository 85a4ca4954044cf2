using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid.html</summary>
static class UpdateDeployment
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var changed = await services.ChangeAsync(request, api =>
        {
            var before = ApiDeployments.Find(api, ApiDeployments.IdOf(request));
            var after = request.Json().TryGetProperty("description", out _) ? before with { Description = ApiRules.Text(request.Json(), "description") } : before;
            return api with { Deployments = [.. api.Deployments.Select(made => ReferenceEquals(made, before) ? after : made)] };
        });
        return AwsResult.Json(ApiDeployments.Shown(ApiDeployments.Find(changed, ApiDeployments.IdOf(request))), HttpApisJson.Wire.ApiDeployment);
    }
}
