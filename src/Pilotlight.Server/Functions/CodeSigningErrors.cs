using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>AWS's words about code signing.</summary>
static class CodeSigningErrors
{
    public static AwsError NotFound(string arn) =>
        AwsError.NotFound($"The Lambda code signing configuration {arn} can not be found.").WithoutType();

    /// <summary>Not AWS's words, which are not known.</summary>
    public static AwsError InUse(string arn) => AwsError.Conflict(
        $"The code signing configuration {arn} is in use by functions. Remove it from them first (ListFunctionsByCodeSigningConfig names them).");

    public static AwsError NotForImages { get; } = AwsError.InvalidParameter(
        "Code signing is not supported for functions created with container images.");

    /// <summary>No signature, or one that is expired, revoked, from somebody who is not trusted or not allowed: AWS tells none apart.</summary>
    /// <param name="artifact">The function or the layer version.</param>
    public static AwsError NotVerified(string artifact) => new(
        400, "CodeVerificationFailedException",
        "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to "
        + $"accept. Check the provided signature for {artifact}.");

    /// <summary>The package is not what was signed. Refused whatever the policy says.</summary>
    public static AwsError Broken(string artifact) => new(
        400, "InvalidCodeSignatureException",
        $"Lambda cannot deploy the function. The code signature failed the integrity check. Check the provided signature for {artifact}.");
}
