using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html</summary>
static class DeleteApi
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var id = services.Find(request).ApiId;
        await services.Catalog.ChangeAsync(id, api => api is null ? throw ApiErrors.UnknownApi(request, id).AsException() : null);
        return AwsResult.Empty(204);
    }
}
