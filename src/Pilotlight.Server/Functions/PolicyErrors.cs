using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>AWS's words about resource policies, of functions and of layers.</summary>
static class PolicyErrors
{
    public static AwsError InvalidPrincipal { get; } = AwsError.InvalidParameter(
        "The provided principal was invalid. Please check the principal and try again.");

    public static AwsError NotForLatest { get; } = AwsError.InvalidParameter(
        "We currently do not support adding policies for $LATEST.");

    public static AwsError UrlAuthTypeWithOtherAction { get; } = AwsError.InvalidParameter(
        "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");

    public static AwsError ViaUrlWithOtherAction { get; } = AwsError.InvalidParameter(
        "InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action");

    public static AwsError StatementExists(string sid) => AwsError.Conflict(
        $"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement.");

    public static AwsError StatementNotFound(string sid) => AwsError.NotFound($"Statement {sid} is not found in resource policy.");

    public static AwsError NoPolicyFor(string arn) => AwsError.NotFound($"No policy found for: {arn}");

    public static AwsError NoPolicy { get; } = AwsError.NotFound("No policy is associated with the given resource.");

    public static AwsError NoResource { get; } = AwsError.NotFound("The resource you requested does not exist.");

    public static AwsError TooLong(int bytes, int limitBytes) => new(
        400, "PolicyLengthExceededException", $"The final policy size ({bytes}) is bigger than the limit ({limitBytes}).");

    /// <param name="operation"><c>GetPolicy</c> or <c>GetLayerPolicy</c>.</param>
    public static AwsError RevisionMismatch(string operation) => new(
        412, "PreconditionFailedException",
        $"The Revision Id provided does not match the latest Revision Id. Call the {operation} API to retrieve the latest Revision Id");
}
