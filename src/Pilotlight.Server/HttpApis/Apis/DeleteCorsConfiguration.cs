using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-cors.html</summary>
static class DeleteCorsConfiguration
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        await services.ChangeAsync(request, static api => api with { CorsConfiguration = null });
        return AwsResult.Empty(204);
    }
}
