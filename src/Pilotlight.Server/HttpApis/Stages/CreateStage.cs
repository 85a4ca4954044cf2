using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html</summary>
static class CreateStage
{
    const int Most = 10;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var now = services.Catalog.Now;
        var name = ApiRules.Text(request.Json(), "stageName")!;
        var changed = await services.ChangeAsync(request, api =>
        {
            if (api.Stages.Any(stage => stage.StageName == name))
                throw ApiErrors.Conflict("Stage already exists").AsException();
            if (api.Stages.Count >= Most)
                throw ApiErrors.TooMany("stages").AsException();
            var made = new ApiStage
            {
                CreatedDate = now,
                LastUpdatedDate = now,
                DefaultRouteSettings = new ApiRouteSettings { DetailedMetricsEnabled = false },
            };
            made = ApiPatch.Apply(made, request.Json(), HttpApisJson.Default.ApiStage, ["stageName", "tags", .. StageRules.Members], "tags", "stageVariables", "routeSettings");
            return api with { Stages = [.. api.Stages, StageRules.Checked(api, made)] };
        });
        return AwsResult.Json(StageRules.Find(changed, name), HttpApisJson.Wire.ApiStage, 201);
    }
}
