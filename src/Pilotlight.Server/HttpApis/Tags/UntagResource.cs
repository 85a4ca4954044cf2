using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html</summary>
static class UntagResource
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var keys = request.QueryAll("tagKeys");
        await ApiTags.ChangeAsync(request, services, tags => tags.Where(tag => !keys.Contains(tag.Key)).ToDictionary());
        return AwsResult.Empty(204);
    }
}
