using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListTagsResponse(IReadOnlyDictionary<string, string> Tags);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html</summary>
static class ListTags
{
    public static OperationModel Model { get; } = new(Path("Resource", LambdaShapes.TaggableResource));

    public static ValueTask<AwsResult> Handle(AwsRequest request, TaggedKinds kinds) =>
        kinds.Resolve(request, out var arn, out var kind) is { } refused
            ? AwsResult.Refused(refused)
            : AwsResult.Json(new ListTagsResponse(kind.Read(request, arn)), FunctionsJson.Wire.ListTagsResponse);
}
