using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-accesslogsettings.html</summary>
static class DeleteAccessLogSettings
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        await StageRules.ReplaceAsync(request, services, static (_, stage) => stage with { AccessLogSettings = null });
        return AwsResult.Empty(204);
    }
}
