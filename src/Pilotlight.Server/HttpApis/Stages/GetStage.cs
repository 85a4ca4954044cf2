using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html</summary>
static class GetStage
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) =>
        AwsResult.Json(StageRules.Find(services.Find(request), StageRules.NameOf(request)), HttpApisJson.Wire.ApiStage);
}
