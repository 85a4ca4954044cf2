using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>Shapes that only the operations on code signing have.</summary>
static class CodeSigningShapes
{
    public static readonly StructureShape AllowedPublishers = new(
        "AllowedPublishers", RequiredBody("SigningProfileVersionArns", new ListShape(LambdaShapes.Arn) { Min = 1, Max = 20 }));

    public static readonly StructureShape Policies = new(
        "CodeSigningPolicies", Body("UntrustedArtifactOnDeployment", LambdaShapes.CodeSigningPolicy));

    public static OperationModel OneConfig { get; } = new(Path("CodeSigningConfigArn", LambdaShapes.CodeSigningConfigArn));

    public static OperationModel OneFunction { get; } = new(Path("FunctionName", LambdaShapes.NamespacedFunctionName));
}
