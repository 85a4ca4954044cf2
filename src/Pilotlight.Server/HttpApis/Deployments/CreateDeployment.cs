using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html</summary>
static class CreateDeployment
{
    const int Most = 300;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var now = services.Catalog.Now;
        var made = new ApiDeployment { CreatedDate = now, DeploymentId = HttpApi.NewId(6), Description = ApiRules.Text(request.Json(), "description") };
        await services.ChangeAsync(request, api =>
        {
            if (api.Routes.Count == 0)
                throw ApiErrors.Bad("At least one route is required before deploying the Api").AsException();
            if (api.Deployments.Count >= Most)
                throw ApiErrors.TooMany("deployments").AsException();
            var stages = api.Stages;
            if (ApiRules.Text(request.Json(), "stageName") is { } name)
            {
                var served = StageRules.Find(api, name);
                if (served.AutoDeploy == true)
                    throw ApiErrors.Bad("Stage uses autoDeploy, and is deployed with every change").AsException();
                stages = [.. stages.Select(stage => ReferenceEquals(stage, served) ? ApiDeployments.Deployed(stage, made.DeploymentId, now) : stage)];
            }

            return api with { Deployments = [.. api.Deployments, made with { Content = api.Snapshot }], Stages = stages };
        });
        return AwsResult.Json(made, HttpApisJson.Wire.ApiDeployment, 201);
    }
}
