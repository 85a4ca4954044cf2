using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-cache-authorizers.html</summary>
static class ResetAuthorizersCache
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var api = services.Find(request);
        StageRules.Find(api, request.Path("StageName"));
        services.Catalog.Recompile(api);
        return AwsResult.Empty(204);
    }
}
