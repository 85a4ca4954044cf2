using Pilotlight.Api;
using Pilotlight.Functions;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Concurrency;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html</summary>
static class GetFunctionConcurrency
{
    public static OperationModel Model { get; } = new(Path("FunctionName", LambdaShapes.FunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (reference.Qualifier is not null)
            return AwsResult.Refused(FunctionErrors.FunctionLevelOnly);
        return catalog.Find(reference.Key) is { } function
            ? AwsResult.Json(new FunctionConcurrency(function.ReservedConcurrency), ConcurrencyJson.Wire.FunctionConcurrency)
            : AwsResult.Refused(reference.NotFoundUnqualified);
    }
}
