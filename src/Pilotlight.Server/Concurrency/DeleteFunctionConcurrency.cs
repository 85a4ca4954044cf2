using Pilotlight.Api;
using Pilotlight.Functions;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Concurrency;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html</summary>
static class DeleteFunctionConcurrency
{
    public static OperationModel Model { get; } = new(Path("FunctionName", LambdaShapes.FunctionName));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ConcurrencyServices services)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return refused;
        if (reference.Qualifier is not null)
            return FunctionErrors.FunctionLevelOnly;
        await services.Changes.ChangeAsync(reference.Key, (function, _) => function switch
        {
            null => throw reference.NotFoundUnqualified.AsException(),
            { ReservedConcurrency: null } => function,
            _ => function with { ReservedConcurrency = null },
        });
        return AwsResult.Empty(204);
    }
}
