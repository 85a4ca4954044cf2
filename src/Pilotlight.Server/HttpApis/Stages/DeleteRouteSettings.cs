using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-routesettings-routekey.html</summary>
static class DeleteRouteSettings
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var key = request.Path("RouteKey");
        await StageRules.ReplaceAsync(request, services, (_, stage) => stage.RouteSettings.ContainsKey(key)
            ? stage with { RouteSettings = stage.RouteSettings.Where(settings => settings.Key != key).ToDictionary() }
            : throw ApiErrors.NotFound($"Invalid Route Key identifier specified {key}").AsException());
        return AwsResult.Empty(204);
    }
}
