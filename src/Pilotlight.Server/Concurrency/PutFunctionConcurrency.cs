using Pilotlight.Api;
using Pilotlight.Functions;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Concurrency;

public sealed record PutFunctionConcurrencyRequest(int ReservedConcurrentExecutions);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html</summary>
static class PutFunctionConcurrency
{
    public static OperationModel Model { get; } = new(
        Path("FunctionName", LambdaShapes.FunctionName),
        RequiredBody("ReservedConcurrentExecutions", LambdaShapes.ReservedConcurrentExecutions));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ConcurrencyServices services)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return refused;
        if (reference.Qualifier is not null)
            return FunctionErrors.FunctionLevelOnly;
        var reserved = request.Read(ConcurrencyJson.Default.PutFunctionConcurrencyRequest).ReservedConcurrentExecutions;
        await services.Changes.ChangeAsync(reference.Key, (function, available) =>
        {
            if (function is null)
                throw reference.NotFoundByInvoke.AsException();
            var minimum = services.Options.EffectiveMinimum;
            if (available - reserved < minimum)
                throw ConcurrencyErrors.ReservationTooLarge(minimum).AsException();
            if (function.TotalProvisioned > reserved)
                throw ConcurrencyErrors.ReservationBelowProvisioned(reserved, function.TotalProvisioned).AsException();
            return function.ReservedConcurrency == reserved ? function : function with { ReservedConcurrency = reserved };
        });
        return AwsResult.Json(new FunctionConcurrency(reserved), ConcurrencyJson.Wire.FunctionConcurrency);
    }
}
