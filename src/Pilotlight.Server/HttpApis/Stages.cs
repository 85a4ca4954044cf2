using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>CreateStage, GetStage, GetStages, UpdateStage, DeleteStage, DeleteRouteSettings, DeleteAccessLogSettings.</summary>
static class Stages
{
    const int Most = 10;

    static readonly string[] s_members =
    [
        "accessLogSettings", "autoDeploy", "defaultRouteSettings", "deploymentId", "description", "routeSettings", "stageVariables",
    ];

    public static async ValueTask<AwsResult> Create(AwsRequest request, ApiServices services)
    {
        var now = services.Catalog.Now;
        var name = Apis.Text(request.Json(), "stageName")!;
        var changed = await services.ChangeAsync(request, api =>
        {
            if (api.Stages.Any(stage => stage.StageName == name))
                throw ApiErrors.Conflict("Stage already exists").AsException();
            if (api.Stages.Count >= Most)
                throw new AwsError(429, "TooManyRequestsException", "Max number of stages exceeded").WithoutType().AsException();
            var made = new ApiStage
            {
                CreatedDate = now,
                LastUpdatedDate = now,
                DefaultRouteSettings = new ApiRouteSettings { DetailedMetricsEnabled = false },
            };
            made = ApiPatch.Apply(made, request.Json(), HttpApisJson.Default.ApiStage, ["stageName", "tags", .. s_members], "tags", "stageVariables", "routeSettings");
            return api with { Stages = [.. api.Stages, Checked(api, made)] };
        });
        return AwsResult.Json(Find(changed, name), HttpApisJson.Wire.ApiStage, 201);
    }

    public static ValueTask<AwsResult> Get(AwsRequest request, ApiServices services) =>
        AwsResult.Json(Find(services.Find(request), NameOf(request)), HttpApisJson.Wire.ApiStage);

    public static ValueTask<AwsResult> List(AwsRequest request, ApiServices services) =>
        AwsResult.Json(ApiServices.Page(request, services.Find(request).Stages, static stage => stage.StageName), HttpApisJson.Wire.ApiPageApiStage);

    public static async ValueTask<AwsResult> Update(AwsRequest request, ApiServices services)
    {
        var changed = await ReplaceAsync(request, services, (api, stage) => Checked(
            api, ApiPatch.Apply(stage, request.Json(), HttpApisJson.Default.ApiStage, s_members, "stageVariables", "routeSettings")));
        return AwsResult.Json(Find(changed, NameOf(request)), HttpApisJson.Wire.ApiStage);
    }

    public static async ValueTask<AwsResult> Delete(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = Find(api, NameOf(request));
            return api with { Stages = [.. api.Stages.Where(stage => !ReferenceEquals(stage, gone))] };
        });
        return AwsResult.Empty(204);
    }

    public static async ValueTask<AwsResult> DeleteRouteSettings(AwsRequest request, ApiServices services)
    {
        var key = request.Path("RouteKey");
        await ReplaceAsync(request, services, (_, stage) => stage.RouteSettings.ContainsKey(key)
            ? stage with { RouteSettings = stage.RouteSettings.Where(settings => settings.Key != key).ToDictionary() }
            : throw ApiErrors.NotFound($"Invalid Route Key identifier specified {key}").AsException());
        return AwsResult.Empty(204);
    }

    public static async ValueTask<AwsResult> DeleteAccessLogSettings(AwsRequest request, ApiServices services)
    {
        await ReplaceAsync(request, services, static (_, stage) => stage with { AccessLogSettings = null });
        return AwsResult.Empty(204);
    }

    /// <exception cref="AwsException">There is none.</exception>
    public static ApiStage Find(HttpApi api, string name) =>
        api.Stages.FirstOrDefault(stage => stage.StageName == name) ?? throw ApiErrors.Unknown("Stage", name).AsException();

    static string NameOf(AwsRequest request) => request.Path("StageName");

    static Task<HttpApi> ReplaceAsync(AwsRequest request, ApiServices services, Func<HttpApi, ApiStage, ApiStage> change) =>
        services.ChangeAsync(request, api =>
        {
            var before = Find(api, NameOf(request));
            var after = change(api, before) with { LastUpdatedDate = services.Catalog.Now };
            return api with { Stages = [.. api.Stages.Select(stage => ReferenceEquals(stage, before) ? after : stage)] };
        });

    static ApiStage Checked(HttpApi api, ApiStage stage)
    {
        if (stage.DeploymentId is { } id && stage.AutoDeploy != true)
            ApiDeployments.Find(api, id);
        return stage;
    }
}
