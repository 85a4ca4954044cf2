using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html</summary>
static class GetRuntimeManagementConfig
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        return catalog.Find(reference.Key)?.Show(reference.Qualifier) is { } version
            ? AwsResult.Json(RuntimeManagementConfigResponse.Of(version, reference), FunctionsJson.Wire.RuntimeManagementConfigResponse)
            : AwsResult.Refused(reference.NotFound);
    }
}
