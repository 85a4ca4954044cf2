using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html</summary>
static class GetFunctionRecursionConfig
{
    public static OperationModel Model { get; } = new(Path("FunctionName", LambdaShapes.UnqualifiedFunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        return catalog.Find(reference.Key) is { } function
            ? AwsResult.Json(new RecursionConfig(function.RecursiveLoop), FunctionsJson.Wire.RecursionConfig)
            : AwsResult.Refused(reference.NotFoundUnqualified);
    }
}
