using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>AWS's words for what cannot be done with a function.</summary>
static class FunctionErrors
{
    public static AwsError AlreadyExists(string name) => AwsError.Conflict($"Function already exist: {name}");

    public static AwsError NameTooLong(string name) => AwsError.InvalidParameter(
        $"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
        + "Member must have length less than or equal to 64");

    public static AwsError Pending { get; } = AwsError.Conflict(
        "The operation cannot be performed at this time. The function is currently in the following state: Pending");

    public static AwsError UpdateInProgress(string arn) => AwsError.Conflict(
        $"The operation cannot be performed at this time. An update is in progress for resource: {arn}");

    public static AwsError RevisionMismatch { get; } = new(
        412, "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id");

    public static AwsError OnlyLatestChanges { get; } = AwsError.InvalidParameter(
        "Current operation does not support versions other than $LATEST. "
        + "Please set the version to $LATEST or do not set a version in your request.");

    public static AwsError RuntimeAndHandlerMissing { get; } = AwsError.InvalidParameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");

    public static AwsError ImageUriWithZip(string doing) =>
        AwsError.InvalidParameter($"Please don't provide ImageUri when {doing} a function with packageType Zip.");

    public static AwsError ImageUriMissing(string doing) =>
        AwsError.InvalidParameter($"Please provide ImageUri when {doing} a function with packageType Image.");

    public static AwsError RuntimeWithImage { get; } = AwsError.InvalidParameter(
        "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.");

    /// <summary>As AWS words its counterpart.</summary>
    public static AwsError ImageConfigWithZip { get; } = AwsError.InvalidParameter(
        "Please don't provide ImageConfig when the intended function PackageType is Zip.");

    public static AwsError SourceImageInvalid(string uri) =>
        AwsError.InvalidParameter($"Source image {uri} is not valid. Provide a valid source image.");

    public static AwsError ManagedInstancesRuntime(string runtime) => AwsError.InvalidParameter(
        $"Runtime Enum {runtime} does not support specified feature: Lambda Managed Instances");

    public static AwsError NotForDefaultFunctions(string member) =>
        AwsError.InvalidParameter($"{member} isn't supported for Lambda Default functions.");

    /// <summary>The rule is AWS's, the words are ours.</summary>
    public static AwsError DurableAtCreationOnly { get; } =
        AwsError.InvalidParameter("DurableConfig can only be set when a function is created.");

    /// <summary>The rule is AWS's, the words are ours.</summary>
    public static AwsError DurableWithoutTimeout { get; } = AwsError.InvalidParameter("DurableConfig needs an ExecutionTimeout.");

    /// <summary>AWS's words for a runtime and for <c>ContainerImage</c>; of the other exclusions only the rules are known.</summary>
    public static AwsError NoSnapStart(string with) => AwsError.InvalidParameter($"{with} is not supported for SnapStart enabled functions.");

    public static AwsError TenantMissing { get; } = AwsError.InvalidParameter(
        "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.");

    /// <summary>As AWS words its counterpart.</summary>
    public static AwsError TenantUnexpected { get; } = AwsError.InvalidParameter(
        "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.");

    /// <summary>Not AWS's words: it would run this, and this platform cannot yet.</summary>
    public static AwsError NotRunnable(string what) =>
        AwsError.InvalidParameter($"{what} cannot be run by this version of Pilotlight. It is stored and shown only.");

    public static AwsError CrossAccountRole { get; } = AwsError.AccessDenied("Cross-account pass role is not allowed.");

    public static AwsError TooManyTags { get; } = AwsError.InvalidParameter("Number of tags exceeds resource tag limit.");

    /// <summary>Not AWS's words: it would do this, and this platform cannot yet.</summary>
    public static AwsError NotYet(string feature) => AwsError.InvalidParameter($"{feature} is not supported by this version of Pilotlight.");

    public static AwsError CodeSigningConfigNotFound(string arn) => new(
        404, "CodeSigningConfigNotFoundException",
        $"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}.");

    public static AwsError CodeShaMismatch(string given, string actual) => AwsError.InvalidParameter(
        $"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({actual}). Please try again with the CodeSHA256 in $LATEST.");

    public static AwsError FunctionLevelOnly { get; } = AwsError.InvalidParameter(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
        + "Please specify either a function name or an unqualified function ARN.");
}
