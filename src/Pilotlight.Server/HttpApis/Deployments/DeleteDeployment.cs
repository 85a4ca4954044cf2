using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid.html</summary>
static class DeleteDeployment
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = ApiDeployments.Find(api, ApiDeployments.IdOf(request));
            if (api.Stages.Any(stage => stage.DeploymentId == gone.DeploymentId))
                throw ApiErrors.Bad("Active stages pointing to this deployment must be moved or deleted").AsException();
            return api with { Deployments = [.. api.Deployments.Where(made => !ReferenceEquals(made, gone))] };
        });
        return AwsResult.Empty(204);
    }
}
