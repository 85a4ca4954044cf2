using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

public sealed record PutFunctionScalingConfigRequest(FunctionScalingConfig? FunctionScalingConfig);

public sealed record PutFunctionScalingConfigResponse(string FunctionState);

/// <summary>https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionScalingConfig.html</summary>
static class PutFunctionScalingConfig
{
    public static OperationModel Model { get; } = new(
        ScaledVersion.Qualifier,
        Path("FunctionName", LambdaShapes.UnqualifiedFunctionName),
        Body("FunctionScalingConfig", new StructureShape(
            "FunctionScalingConfig",
            Body("MinExecutionEnvironments", LambdaShapes.FunctionScalingConfigExecutionEnvironments),
            Body("MaxExecutionEnvironments", LambdaShapes.FunctionScalingConfigExecutionEnvironments))));

    public static async ValueTask<AwsResult> Handle(AwsRequest request, FunctionCatalog catalog)
    {
        if (FunctionName.Resolve(request, out var reference) is { } refused)
            return refused;
        var config = request.Read(FunctionsJson.Default.PutFunctionScalingConfigRequest).FunctionScalingConfig;
        if (config is { MinExecutionEnvironments: { } least, MaxExecutionEnvironments: { } most } && least > most)
            return AwsError.InvalidParameter("MinExecutionEnvironments must be less than or equal to MaxExecutionEnvironments.");
        var function = await catalog.ChangeAsync(reference.Key, current =>
        {
            ScaledVersion.Require(current, reference);
            return current! with
            {
                ScalingConfigs = config is null
                    ? current.ScalingConfigs.Remove(reference.Qualifier!)
                    : current.ScalingConfigs.SetItem(reference.Qualifier!, config),
            };
        });
        return AwsResult.Json(
            new PutFunctionScalingConfigResponse(function!.ShowVersion(reference.Qualifier)!.State),
            FunctionsJson.Wire.PutFunctionScalingConfigResponse, 202);
    }
}
