using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>How many environments a version on a capacity provider would have.</summary>
public sealed record FunctionScalingConfig(int? MinExecutionEnvironments, int? MaxExecutionEnvironments);

/// <summary>The version whose scaling a request means.</summary>
static class ScaledVersion
{
    public static ModelMember Qualifier { get; } = RequiredQuery("Qualifier", "Qualifier", LambdaShapes.PublishedFunctionQualifier);

    /// <exception cref="AwsException">It does not exist, or runs on no capacity provider.</exception>
    public static FunctionVersion Require(Function? function, FunctionReference reference)
    {
        if (function?.ShowVersion(reference.Qualifier) is not { } version)
            throw reference.NotFound.AsException();
        return version.CapacityProvider is null ? throw FunctionErrors.NotForDefaultFunctions("FunctionScalingConfig").AsException() : version;
    }
}
