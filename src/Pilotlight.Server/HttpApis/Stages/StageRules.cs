using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>What a stage must be like, and how one is changed.</summary>
static class StageRules
{
    public static string[] Members { get; } =
    [
        "accessLogSettings", "autoDeploy", "defaultRouteSettings", "deploymentId", "description", "routeSettings", "stageVariables",
    ];

    /// <exception cref="AwsException">There is none.</exception>
    public static ApiStage Find(HttpApi api, string name) =>
        api.Stages.FirstOrDefault(stage => stage.StageName == name) ?? throw ApiErrors.Unknown("Stage", name).AsException();

    public static string NameOf(AwsRequest request) => request.Path("StageName");

    public static Task<HttpApi> ReplaceAsync(AwsRequest request, ApiServices services, Func<HttpApi, ApiStage, ApiStage> change) =>
        services.ChangeAsync(request, api =>
        {
            var before = Find(api, NameOf(request));
            var after = change(api, before) with { LastUpdatedDate = services.Catalog.Now };
            return api with { Stages = [.. api.Stages.Select(stage => ReferenceEquals(stage, before) ? after : stage)] };
        });

    public static ApiStage Checked(HttpApi api, ApiStage stage)
    {
        if (stage.DeploymentId is { } id && stage.AutoDeploy != true)
            ApiDeployments.Find(api, id);
        return stage;
    }
}
