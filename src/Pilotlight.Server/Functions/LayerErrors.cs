using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>AWS's words about layers.</summary>
static class LayerErrors
{
    public static AwsError NumberTooSmall { get; } = AwsError.InvalidParameter("Layer Version Cannot be less than 1");

    public static AwsError TooMany { get; } = AwsError.InvalidParameter("Cannot reference more than 5 layers.");

    public static AwsError SameLayer(string first, string second) => AwsError.InvalidParameter(
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        + $"{first} and {second} are versions of the same layer.");

    public static AwsError OtherRegion(string region) => AwsError.InvalidParameter(
        $"Layers are not in the same region as the function. Layers are expected to be in region {region}.");

    public static AwsError Unknown(string arn) => AwsError.InvalidParameter($"Layer version {arn} does not exist.");

    /// <summary>Not AWS's words: how it says this is not known.</summary>
    public static AwsError OrganizationNeedsEverybody { get; } = AwsError.InvalidParameter(
        "OrganizationId can be given only when the principal is *.");
}
