using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html</summary>
static class GetTags
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var (api, stage) = ApiTags.Find(request, services.Catalog);
        return AwsResult.Json(new TagsShown(stage?.Tags ?? api.Tags), HttpApisJson.Wire.TagsShown);
    }
}
