using Pilotlight.Api;
using Pilotlight.Functions;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Concurrency;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html</summary>
static class DeleteProvisionedConcurrencyConfig
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.Qualifier), Path("FunctionName", LambdaShapes.FunctionName));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, ConcurrencyServices services)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        if (reference.Qualifier is not { } qualifier || qualifier == FunctionVersion.Latest)
            return ConcurrencyErrors.NeitherAliasNorVersion;
        await services.Changes.ChangeAsync(reference.Key, (function, _) =>
        {
            if (function is null || !function.Has(qualifier))
                throw ConcurrencyErrors.QualifierNotFound(reference).AsException();
            return function.Provisioned.ContainsKey(qualifier) ? function with { Provisioned = function.Provisioned.Remove(qualifier) } : function;
        });
        return AwsResult.Empty(204);
    }
}
