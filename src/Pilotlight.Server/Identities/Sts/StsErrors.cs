using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>STS's refusals, each wording once (spec/iam.md 2).</summary>
static class StsErrors
{
    public static AwsError Validation(string message) => new(400, "ValidationError", message);

    public static AwsError InvalidParameter(string message) => new(400, "InvalidParameterValue", message);

    public static AwsError AccessDenied(string message) => new(403, "AccessDenied", message);

    /// <summary>The same for a role that does not exist, so that nobody learns which do.</summary>
    public static AwsError MayNot(Caller caller, string action, string resource) =>
        AccessDenied($"User: {caller.Arn} is not authorized to perform: {action} on resource: {resource}");

    public static AwsError InvalidIdentityToken(string message) => new(400, "InvalidIdentityToken", message);

    public static AwsError NoVerificationKey { get; } = InvalidIdentityToken(
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements");

    public static AwsError TooLarge(int percent) =>
        new(400, "PackedPolicyTooLarge", $"Packed size of session tags and policies consumes {percent}% of allotted space.");

    public static AwsError WrongSecondFactor { get; } =
        AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
}
