using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html</summary>
static class DeleteStage
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, api =>
        {
            var gone = StageRules.Find(api, StageRules.NameOf(request));
            return api with { Stages = [.. api.Stages.Where(stage => !ReferenceEquals(stage, gone))] };
        });
        return AwsResult.Empty(204);
    }
}
