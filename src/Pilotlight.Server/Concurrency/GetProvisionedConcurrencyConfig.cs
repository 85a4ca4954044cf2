using Pilotlight.Api;
using Pilotlight.Functions;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Concurrency;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html</summary>
static class GetProvisionedConcurrencyConfig
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.Qualifier), Path("FunctionName", LambdaShapes.FunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, ConcurrencyServices services)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (reference.Qualifier is not { } qualifier || qualifier == FunctionVersion.Latest)
            return AwsResult.Refused(ConcurrencyErrors.NeitherAliasNorVersion);
        if (services.Catalog.Find(reference.Key) is not { } function || !function.Has(qualifier))
            return AwsResult.Refused(ConcurrencyErrors.QualifierNotFound(reference));
        return function.Provisioned.ContainsKey(qualifier)
            ? AwsResult.Json(ProvisionedStatus.Of(function, qualifier, services.Levels), ConcurrencyJson.Wire.ProvisionedStatus)
            : AwsResult.Refused(ConcurrencyErrors.NothingProvisioned);
    }
}
