using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html</summary>
static class TagResource
{
    public static OperationModel Model { get; } = new(
        Path("Resource", LambdaShapes.TaggableResource), RequiredBody("Tags", LambdaShapes.Tags));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, TaggedKinds kinds)
    {
        if (kinds.Resolve(request, out var arn, out var kind) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.TagResourceRequest);
        if (input.Tags.Count == 0)
            return AwsError.InvalidParameter("An error occurred and the request cannot be processed.");
        await kind.ChangeAsync(request, arn, current => FunctionTags.Merge(current, input.Tags));
        return AwsResult.Empty(204);
    }
}
