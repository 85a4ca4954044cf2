using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>A capacity provider as the API shows it.</summary>
public sealed record ShownCapacityProvider
{
    public required string CapacityProviderArn { get; init; }
    public required string State { get; init; }
    public required CapacityProviderVpcConfig VpcConfig { get; init; }
    public required CapacityProviderPermissionsConfig PermissionsConfig { get; init; }
    public required InstanceRequirements InstanceRequirements { get; init; }
    public required CapacityProviderScalingConfig CapacityProviderScalingConfig { get; init; }
    public string? KmsKeyArn { get; init; }
    public required string LastModified { get; init; }

    public static ShownCapacityProvider Of(CapacityProvider provider, string state) => new()
    {
        CapacityProviderArn = provider.Arn,
        State = state,
        VpcConfig = provider.Vpc,
        PermissionsConfig = provider.Permissions,
        InstanceRequirements = provider.Instances,
        CapacityProviderScalingConfig = provider.Scaling,
        KmsKeyArn = provider.KmsKeyArn,
        LastModified = Timestamps.Format(provider.LastModified),
    };
}

/// <summary>What every operation on one capacity provider answers.</summary>
public sealed record CapacityProviderResponse(ShownCapacityProvider CapacityProvider)
{
    public static AwsResult Answer(CapacityProvider provider, string state, int status) => AwsResult.Json(
        new CapacityProviderResponse(ShownCapacityProvider.Of(provider, state)), FunctionsJson.Wire.CapacityProviderResponse, status);
}

static class CapacityProviderErrors
{
    public static AwsError NotFound(string arn) => AwsError.NotFound($"Capacity provider not found: {arn}");

    public static AwsError AlreadyExists(string arn) => AwsError.Conflict($"Capacity provider already exists: {arn}");

    /// <summary>The rule is AWS's, the words are ours.</summary>
    public static AwsError InUse(string arn, string functionArn) =>
        AwsError.Conflict($"Capacity provider {arn} cannot be deleted while it is used by {functionArn}");
}

/// <summary>The capacity provider that a path names, by name or ARN.</summary>
static class NamedCapacityProvider
{
    public static string ArnOf(AwsRequest request) => ArnOf(request, request.Path("CapacityProviderName"));

    public static string ArnOf(AwsRequest request, string nameOrArn) =>
        nameOrArn.Contains(':') ? nameOrArn : CapacityProvider.ArnOf(request.AccountId, request.Region, nameOrArn);

    /// <exception cref="AwsException">There is none.</exception>
    public static CapacityProvider Require(AwsRequest request, CapacityProviderCatalog providers) =>
        providers.Find(request.AccountId, request.Region, request.Path("CapacityProviderName"))
            ?? throw CapacityProviderErrors.NotFound(ArnOf(request)).AsException();
}
