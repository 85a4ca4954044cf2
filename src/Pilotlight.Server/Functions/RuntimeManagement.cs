namespace Pilotlight.Functions;

/// <summary>When a version's runtime is updated: <c>Auto</c>, <c>FunctionUpdate</c> or <c>Manual</c>. Stored and shown; the machine has one patch level a language.</summary>
public sealed record RuntimeManagement(string UpdateRuntimeOn, string? RuntimeVersionArn);

public sealed record RuntimeManagementConfigResponse(string UpdateRuntimeOn, string FunctionArn, string? RuntimeVersionArn)
{
    public static RuntimeManagementConfigResponse Of(FunctionVersion version, FunctionReference reference) => new(
        version.RuntimeManagement?.UpdateRuntimeOn ?? "Auto", reference.QualifiedArn, version.RuntimeManagement?.RuntimeVersionArn);
}
