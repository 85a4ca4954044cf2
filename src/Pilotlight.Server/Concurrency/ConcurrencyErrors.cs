using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.Concurrency;

/// <summary>AWS's words for concurrency that cannot be had, to the letter: blanks included, and some without <c>Type</c> (spec/api.md 7).</summary>
static class ConcurrencyErrors
{
    public static AwsError ReservationTooLarge(int minimum) => AwsError.InvalidParameter(
        $"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{minimum}].")
        .WithoutType();

    public static AwsError ReservationBelowProvisioned(int reserved, int provisioned) => AwsError.InvalidParameter(
        $" ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned concurrency [{provisioned}].").WithoutType();

    public static AwsError ProvisionedAboveReserved { get; } = AwsError.InvalidParameter(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");

    public static AwsError ProvisionedAboveUnreserved(int unreserved) => AwsError.InvalidParameter(
        $"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{unreserved}].").WithoutType();

    public static AwsError ProvisionedTooLarge(int minimum) => AwsError.InvalidParameter(
        $"Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{minimum}].")
        .WithoutType();

    public static AwsError UnpublishedProvisioned { get; } = AwsError.InvalidParameter(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");

    public static AwsError NeitherAliasNorVersion { get; } = AwsError.InvalidParameter(
        "The function resource provided must be an alias or a published version.");

    public static AwsError NothingProvisioned { get; } = new(
        404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function");

    public static AwsError VersionAlreadyProvisioned { get; } = AwsError.Conflict(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");

    public static AwsError AliasAlreadyProvisioned { get; } = AwsError.Conflict("Version is pointed by a Provisioned Concurrency alias");

    /// <summary>The rule is AWS's, the words are ours.</summary>
    public static AwsError ProvisionedWith(string what) => AwsError.InvalidParameter($"Provisioned Concurrency is not supported for {what}.");

    /// <summary>AWS names a missing alias as one even when the function is missing too.</summary>
    public static AwsError QualifierNotFound(FunctionReference reference) => reference.Qualifier!.All(char.IsAsciiDigit)
        ? reference.NotFound
        : AwsError.NotFound($"Cannot find alias arn: {reference.QualifiedArn}");
}
