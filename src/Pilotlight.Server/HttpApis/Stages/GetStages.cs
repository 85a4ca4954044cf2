using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html</summary>
static class GetStages
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services) =>
        AwsResult.Json(ApiServices.Page(request, services.Find(request).Stages, static stage => stage.StageName), HttpApisJson.Wire.ApiPageApiStage);
}
