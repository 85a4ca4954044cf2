using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html</summary>
static class PublishVersion
{
    public static OperationModel Model { get; } = new(
        Path("FunctionName", LambdaShapes.FunctionName),
        Body("CodeSha256", LambdaShapes.Text),
        Body("Description", LambdaShapes.Description),
        Body("RevisionId", LambdaShapes.Text),
        Body("PublishTo", LambdaShapes.FunctionVersionLatestPublished));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionServices services)
    {
        if (ChangedFunction.Resolve(request, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.PublishVersionRequest);
        FunctionVersion? version = null;
        await services.Catalog.ChangeAsync(reference.Key, current =>
        {
            var function = ChangedFunction.Require(current, reference, input.RevisionId);
            var actual = FunctionConfiguration.CodeSha256Of(function.Latest);
            if (input.CodeSha256 is { Length: > 0 } expected && expected != actual)
                throw FunctionErrors.CodeShaMismatch(expected, actual).AsException();
            (function, version) = input.PublishTo is null
                ? FunctionStates.Publish(function, input.Description, services.Time.GetUtcNow())
                : FunctionStates.PublishToLatest(function, input.Description, services.Time.GetUtcNow());
            return function;
        });
        await services.Activator.ActivateAsync(reference.Key);
        return AwsResult.Json(
            FunctionConfiguration.Of(version!, $"{reference.Arn}:{version!.Version}"), FunctionsJson.Wire.FunctionConfiguration, 201);
    }
}
