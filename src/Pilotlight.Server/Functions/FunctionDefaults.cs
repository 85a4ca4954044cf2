using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>
/// A read of a function-level setting that cannot be set here yet and so has AWS's default: GetFunctionCodeSigningConfig. Terraform reads it.
/// </summary>
static class FunctionDefaults
{
    public static OperationModel Model { get; } = new(Path("FunctionName", LambdaShapes.FunctionName));

    /// <summary>No code signing: an empty object.</summary>
    public static ValueTask<AwsResult> GetNothing(AwsRequest request, FunctionCatalog catalog) =>
        Existing(request, catalog, AwsResult.EmptyObject);

    static ValueTask<AwsResult> Existing(AwsRequest request, FunctionCatalog catalog, AwsResult answer)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (reference.Qualifier is not null)
            return AwsResult.Refused(FunctionErrors.FunctionLevelOnly);
        return catalog.Find(reference.Key) is null ? AwsResult.Refused(reference.NotFoundUnqualified) : answer;
    }
}
