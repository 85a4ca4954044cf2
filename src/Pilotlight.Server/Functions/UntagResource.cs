using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html</summary>
static class UntagResource
{
    public static OperationModel Model { get; } = new(
        Path("Resource", LambdaShapes.TaggableResource), RequiredQuery("TagKeys", "tagKeys", new ListShape(LambdaShapes.Text)));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, TaggedKinds kinds)
    {
        if (kinds.Resolve(request, out var arn, out var kind) is { } refused)
            return refused;
        var removed = request.QueryAll("tagKeys");
        await kind.ChangeAsync(
            request, arn, current => current.Where(tag => !removed.Contains(tag.Key)).ToDictionary(StringComparer.Ordinal));
        return AwsResult.Empty(204);
    }
}
