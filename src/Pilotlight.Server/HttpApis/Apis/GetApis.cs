using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html</summary>
static class GetApis
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var shown = services.Catalog.List(request.AccountId, request.Region).Select(api => services.Show(api, request.Http.Request));
        return AwsResult.Json(ApiServices.Page(request, shown, static api => api.ApiId), HttpApisJson.Wire.ApiPageApiShown);
    }
}
