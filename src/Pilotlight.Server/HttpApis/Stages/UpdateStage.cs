using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html</summary>
static class UpdateStage
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var changed = await StageRules.ReplaceAsync(request, services, (api, stage) => StageRules.Checked(
            api, ApiPatch.Apply(stage, request.Json(), HttpApisJson.Default.ApiStage, StageRules.Members, "stageVariables", "routeSettings")));
        return AwsResult.Json(StageRules.Find(changed, StageRules.NameOf(request)), HttpApisJson.Wire.ApiStage);
    }
}
