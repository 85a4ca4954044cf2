using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Api;

/// <summary>Inputs of operations whose handlers live in slices that have no model of their own.</summary>
static class LambdaInputs
{
    public static OperationModel Invoke { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName),
        Header("InvocationType", "X-Amz-Invocation-Type", LambdaShapes.InvocationType),
        Header("LogType", "X-Amz-Log-Type", LambdaShapes.LogType),
        Header("DurableExecutionName", "X-Amz-Durable-Execution-Name", LambdaShapes.DurableExecutionName),
        Header("TenantId", "X-Amz-Tenant-Id", LambdaShapes.TenantId));

    public static OperationModel InvokeWithResponseStream { get; } = new(
        Query("Qualifier", LambdaShapes.NumericLatestPublishedOrAliasQualifier),
        Path("FunctionName", LambdaShapes.NamespacedFunctionName),
        Header("InvocationType", "X-Amz-Invocation-Type", LambdaShapes.ResponseStreamingInvocationType),
        Header("LogType", "X-Amz-Log-Type", LambdaShapes.LogType),
        Header("TenantId", "X-Amz-Tenant-Id", LambdaShapes.TenantId));

    public static OperationModel InvokeAsync { get; } = new(Path("FunctionName", LambdaShapes.NamespacedFunctionName));
}
