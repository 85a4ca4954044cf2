using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record GetFunctionScalingConfigResponse(
    string FunctionArn, FunctionScalingConfig? AppliedFunctionScalingConfig, FunctionScalingConfig? RequestedFunctionScalingConfig);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionScalingConfig.html</summary>
static class GetFunctionScalingConfig
{
    public static OperationModel Model { get; } = new(
        ScaledVersion.Qualifier, Path("FunctionName", LambdaShapes.UnqualifiedFunctionName));

    public static ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return AwsResult.Refused(refused);
        var function = catalog.Find(reference.Key);
        ScaledVersion.Require(function, reference);
        var config = function!.ScalingConfigs.GetValueOrDefault(reference.Qualifier!);
        return AwsResult.Json(
            new GetFunctionScalingConfigResponse(reference.QualifiedArn, config, config), FunctionsJson.Wire.GetFunctionScalingConfigResponse);
    }
}
