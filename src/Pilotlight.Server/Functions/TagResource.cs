using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record ListTagsResponse(IReadOnlyDictionary<string, string> Tags);

/// <summary>The function whose tags a request means. Other resources that have tags do not exist here yet.</summary>
static class TaggedFunction
{
    public static AwsError? Resolve(AwsRequest request, out FunctionReference reference)
    {
        var arn = request.Path("Resource");
        reference = default;
        switch (arn.Split(':')[5])
        {
            case "event-source-mapping":
                return AwsError.NotFound($"Event source mapping not found: {arn}");
            case "capacity-provider":
                return AwsError.NotFound($"Capacity provider not found: {arn}");
            case "code-signing-config":
                return AwsError.NotFound($"The Lambda code signing configuration {arn} can not be found.").WithoutType();
            case "layer":
                return AwsError.NotFound($"Layer not found: {arn}");
        }

        if (FunctionName.Parse(arn).Qualifier is not null)
            return AwsError.InvalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
        return FunctionName.Resolve(request, arn, null, out reference);
    }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html</summary>
static class TagResource
{
    public static OperationModel Model { get; } = new(
        Path("Resource", LambdaShapes.TaggableResource), RequiredBody("Tags", LambdaShapes.Tags));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (TaggedFunction.Resolve(request, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.TagResourceRequest);
        if (input.Tags.Count == 0)
            return AwsError.InvalidParameter("An error occurred and the request cannot be processed.");
        await catalog.ChangeAsync(reference.Key, current =>
        {
            if (current is null)
                throw reference.NotFoundUnqualified.AsException();
            if (FunctionStates.RefuseUnsettled(current) is { } unsettled)
                throw unsettled.AsException();
            return Retagged(current, FunctionTags.Merge(current.Tags, input.Tags));
        });
        return AwsResult.Empty(204);
    }

    /// <summary>Tagging changes the function's revision.</summary>
    public static Function Retagged(Function function, IReadOnlyDictionary<string, string> tags) => function with
    {
        Tags = tags,
        Latest = function.Latest with { RevisionId = FunctionStates.NewRevision() },
    };
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html</summary>
static class UntagResource
{
    public static OperationModel Model { get; } = new(
        Path("Resource", LambdaShapes.TaggableResource), RequiredQuery("TagKeys", "tagKeys", new ListShape(LambdaShapes.Text)));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (TaggedFunction.Resolve(request, out var reference) is { } refused)
            return refused;
        var removed = request.QueryAll("tagKeys");
        await catalog.ChangeAsync(reference.Key, current => current is null
            ? throw reference.NotFoundUnqualified.AsException()
            : TagResource.Retagged(current, current.Tags.Where(tag => !removed.Contains(tag.Key)).ToDictionary(StringComparer.Ordinal)));
        return AwsResult.Empty(204);
    }
}

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html</summary>
static class ListTags
{
    public static OperationModel Model { get; } = new(Path("Resource", LambdaShapes.TaggableResource));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (TaggedFunction.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        return catalog.Find(reference.Key) is { } function
            ? AwsResult.Json(new ListTagsResponse(function.Tags), FunctionsJson.Wire.ListTagsResponse)
            : AwsResult.Refused(reference.NotFoundUnqualified);
    }
}
