using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>Deployments, and which of them a stage serves.</summary>
static class ApiDeployments
{
    /// <summary>
    /// After a change: stages that deploy by themselves get a deployment of what there is now. Deployments that were made so are dropped
    /// when no stage serves them any more (AWS keeps them for a while).
    /// </summary>
    public static HttpApi Follow(HttpApi? before, HttpApi after, DateTime now)
    {
        var isChanged = before is null || before.Snapshot != after.Snapshot;
        var stale = after.Stages.Where(stage => stage.AutoDeploy == true && (isChanged || stage.DeploymentId is null || !IsAutomatic(after, stage))).ToList();
        if (stale.Count > 0)
        {
            var made = new ApiDeployment { AutoDeployed = true, CreatedDate = now, DeploymentId = HttpApi.NewId(6), Content = after.Snapshot };
            after = after with
            {
                Deployments = [.. after.Deployments, made],
                Stages = [.. after.Stages.Select(stage => stale.Contains(stage) ? Deployed(stage, made.DeploymentId, now) : stage)],
            };
        }

        return after with
        {
            Deployments = [.. after.Deployments.Where(made => !made.AutoDeployed || after.Stages.Any(stage => stage.DeploymentId == made.DeploymentId))],
        };
    }

    public static ApiStage Deployed(ApiStage stage, string deploymentId, DateTime now) => stage with
    {
        DeploymentId = deploymentId,
        LastDeploymentStatusMessage = stage.AutoDeploy == true ? $"Successfully deployed stage with deployment ID '{deploymentId}'" : null,
        LastUpdatedDate = now,
    };

    public static ApiDeployment Find(HttpApi api, string id) =>
        api.Deployments.FirstOrDefault(made => made.DeploymentId == id) ?? throw ApiErrors.Unknown("Deployment", id).AsException();

    public static string IdOf(AwsRequest request) => request.Path("DeploymentId");

    /// <summary>What it holds is not shown.</summary>
    public static ApiDeployment Shown(ApiDeployment made) => made with { Content = null };

    static bool IsAutomatic(HttpApi api, ApiStage stage) =>
        api.Deployments.Any(made => made.AutoDeployed && made.DeploymentId == stage.DeploymentId);
}
