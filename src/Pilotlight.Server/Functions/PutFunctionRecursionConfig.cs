using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>The wire form of both directions: <c>Terminate</c> or <c>Allow</c>.</summary>
public sealed record RecursionConfig(string RecursiveLoop);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html</summary>
static class PutFunctionRecursionConfig
{
    public static OperationModel Model { get; } = new(
        Path("FunctionName", LambdaShapes.UnqualifiedFunctionName), RequiredBody("RecursiveLoop", LambdaShapes.RecursiveLoop));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.RecursionConfig);
        await catalog.ChangeAsync(reference.Key, current => current is null
            ? throw reference.NotFoundUnqualified.AsException()
            : current with { RecursiveLoop = input.RecursiveLoop });
        return AwsResult.Json(input, FunctionsJson.Wire.RecursionConfig);
    }
}
