using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record PutRuntimeManagementConfigRequest(string UpdateRuntimeOn, string? RuntimeVersionArn);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html: of <c>$LATEST</c> or of one version.</summary>
static class PutRuntimeManagementConfig
{
    public static OperationModel Model { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName),
        RequiredBody("UpdateRuntimeOn", LambdaShapes.UpdateRuntimeOn),
        Body("RuntimeVersionArn", LambdaShapes.RuntimeVersionArn));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        var input = request.Read(FunctionsJson.Default.PutRuntimeManagementConfigRequest);
        var isManual = input.UpdateRuntimeOn == "Manual";
        if (isManual != input.RuntimeVersionArn is not null)
            return isManual ? ArnMissing : ArnNotManual;
        var management = new RuntimeManagement(input.UpdateRuntimeOn, input.RuntimeVersionArn);
        var changed = await catalog.ChangeAsync(reference.Key, current => current?.ShowVersion(reference.Qualifier) is { } version
            ? With(current, version with { RuntimeManagement = management })
            : throw reference.NotFound.AsException());
        return AwsResult.Json(
            RuntimeManagementConfigResponse.Of(changed!.ShowVersion(reference.Qualifier)!, reference),
            FunctionsJson.Wire.RuntimeManagementConfigResponse);
    }

    static Function With(Function function, FunctionVersion version) => version.IsPublished
        ? function with { Published = function.Published.SetItem(int.Parse(version.Version), version) }
        : function with { Latest = version };

    // Not recorded: AWS documents the rule, not its words.
    static AwsError ArnMissing { get; } = AwsError.InvalidParameter("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.");

    static AwsError ArnNotManual { get; } = AwsError.InvalidParameter("RuntimeVersionArn is only supported when UpdateRuntimeOn is Manual.");
}
