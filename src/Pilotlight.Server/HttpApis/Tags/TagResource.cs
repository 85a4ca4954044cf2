using Pilotlight.Api;

namespace Pilotlight.HttpApis;

/// <summary>https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html</summary>
static class TagResource
{
    const int Most = 50;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ApiServices services)
    {
        var given = request.Json().GetProperty("tags");
        await ApiTags.ChangeAsync(request, services, tags =>
        {
            var merged = new Dictionary<string, string>(tags, StringComparer.Ordinal);
            foreach (var tag in given.EnumerateObject())
                merged[tag.Name] = tag.Value.GetString()!;
            return merged.Count <= Most ? merged : throw ApiErrors.Bad($"A resource may have {Most} tags").AsException();
        });
        return AwsResult.Empty(201);
    }
}
