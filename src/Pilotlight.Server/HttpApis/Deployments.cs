using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment.</summary>
static class Deployments
{
    const int Most = 300;

    public static async ValueTask<AwsResult> Create(AwsRequest request, ApiServices services)
    {
        var now = services.Catalog.Now;
        var made = new ApiDeployment { CreatedDate = now, DeploymentId = HttpApi.NewId(6), Description = Apis.Text(request.Json(), "description") };
        await services.ChangeAsync(request, api =>
        {
            if (api.Routes.Count == 0)
                throw ApiErrors.Bad("At least one route is required before deploying the Api").AsException();
            if (api.Deployments.Count >= Most)
                throw new AwsError(429, "TooManyRequestsException", "Max number of deployments exceeded").WithoutType().AsException();
            var stages = api.Stages;
            if (Apis.Text(request.Json(), "stageName") is { } name)
            {
                var served = Stages.Find(api, name);
                if (served.AutoDeploy == true)
                    throw ApiErrors.Bad("Stage uses autoDeploy, and is deployed with every change").AsException();
                stages = [.. stages.Select(stage => ReferenceEquals(stage, served) ? ApiDeployments.Deployed(stage, made.DeploymentId, now) : stage)];
            }

            return api with { Deployments = [.. api.Deployments, made with { Content = api.Snapshot }], Stages = stages };
        });
        return AwsResult.Json(made, HttpApisJson.Wire.ApiDeployment, 201);
    }

    public static ValueTask<AwsResult> Get(AwsRequest request, ApiServices services) =>
        AwsResult.Json(Shown(ApiDeployments.Find(services.Find(request), IdOf(request))), HttpApisJson.Wire.ApiDeployment);

    public static ValueTask<AwsResult> List(AwsRequest request, ApiServices services) => AwsResult.Json(
        ApiServices.Page(request, services.Find(request).Deployments.Select(Shown), static made => made.DeploymentId), HttpApisJson.Wire.ApiPageApiDeployment);

    public static async ValueTask<AwsResult> Update(AwsRequest request, ApiServices services)
    {
        var changed = await services.ChangeAsync(request, api =>
        {
            var before = ApiDeployments.Find(api, IdOf(request));
            var after = request.Json().TryGetProperty("description", out _) ? before with { Description = Apis.Text(request.Json(), "description") } : before;
            return api with { Deployments = [.. api.Deployments.Select(made => ReferenceEquals(made, before) ? after : made)] };
        });
        return AwsResult.Json(Shown(ApiDeployments.Find(changed, IdOf(request))), HttpApisJson.Wire.ApiDeployment);
    }

    public static async ValueTask<AwsResult> Delete(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = ApiDeployments.Find(api, IdOf(request));
            if (api.Stages.Any(stage => stage.DeploymentId == gone.DeploymentId))
                throw ApiErrors.Bad("Active stages pointing to this deployment must be moved or deleted").AsException();
            return api with { Deployments = [.. api.Deployments.Where(made => !ReferenceEquals(made, gone))] };
        });
        return AwsResult.Empty(204);
    }

    static string IdOf(AwsRequest request) => request.Path("DeploymentId");

    static ApiDeployment Shown(ApiDeployment made) => made with { Content = null };
}
