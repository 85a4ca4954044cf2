using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record RecursionConfigResponse(string RecursiveLoop);

public sealed record RuntimeManagementConfigResponse(string UpdateRuntimeOn, string FunctionArn);

/// <summary>
/// Reads of function-level settings that cannot be set here yet and so have AWS's defaults:
/// GetFunctionCodeSigningConfig, GetFunctionRecursionConfig, GetRuntimeManagementConfig. Terraform reads them all.
/// </summary>
static class FunctionDefaults
{
    public static OperationModel Model { get; } = new(Path("FunctionName", LambdaShapes.FunctionName));

    public static OperationModel QualifiedModel { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName));

    /// <summary>No code signing: an empty object.</summary>
    public static ValueTask<AwsResult> GetNothing(AwsRequest request, FunctionCatalog catalog) =>
        Existing(request, catalog, AwsResult.EmptyObject);

    public static ValueTask<AwsResult> GetRecursion(AwsRequest request, FunctionCatalog catalog) =>
        Existing(request, catalog, AwsResult.Json(new RecursionConfigResponse("Terminate"), FunctionsJson.Wire.RecursionConfigResponse));

    public static ValueTask<AwsResult> GetRuntimeManagement(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        return catalog.Find(reference.Key)?.Show(reference.Qualifier) is null
            ? AwsResult.Refused(reference.NotFound)
            : AwsResult.Json(
                new RuntimeManagementConfigResponse("Auto", reference.QualifiedArn), FunctionsJson.Wire.RuntimeManagementConfigResponse);
    }

    static ValueTask<AwsResult> Existing(AwsRequest request, FunctionCatalog catalog, AwsResult answer)
    {
        if (FunctionName.Resolve(request, request.Path("FunctionName"), null, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        if (reference.Qualifier is not null)
            return AwsResult.Refused(FunctionErrors.FunctionLevelOnly);
        return catalog.Find(reference.Key) is null ? AwsResult.Refused(reference.NotFoundUnqualified) : answer;
    }
}
