using System.Collections.Immutable;

namespace Pilotlight.Functions;

/// <summary>Instances that functions could run on: immutable. It is stored and shown; nothing runs there.</summary>
public sealed record CapacityProvider
{
    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }
    public required CapacityProviderVpcConfig Vpc { get; init; }
    public required CapacityProviderPermissionsConfig Permissions { get; init; }
    public required InstanceRequirements Instances { get; init; }
    public required CapacityProviderScalingConfig Scaling { get; init; }
    public string? KmsKeyArn { get; init; }
    public required DateTimeOffset LastModified { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    public string Arn => ArnOf(AccountId, Region, Name);

    public CapacityProviderKey Key => new(AccountId, Region, Name);

    public static string ArnOf(string accountId, string region, string name) => $"arn:aws:lambda:{region}:{accountId}:capacity-provider:{name}";
}

public readonly record struct CapacityProviderKey(string AccountId, string Region, string Name);

public sealed record CapacityProviderVpcConfig(IReadOnlyList<string> SubnetIds, IReadOnlyList<string> SecurityGroupIds);

public sealed record CapacityProviderPermissionsConfig(string CapacityProviderOperatorRoleArn);

public sealed record InstanceRequirements(
    IReadOnlyList<string>? Architectures, IReadOnlyList<string>? AllowedInstanceTypes = null, IReadOnlyList<string>? ExcludedInstanceTypes = null);

public sealed record CapacityProviderScalingConfig(int? MaxVCpuCount, string? ScalingMode, IReadOnlyList<TargetTrackingScalingPolicy>? ScalingPolicies = null);

public sealed record TargetTrackingScalingPolicy(string PredefinedMetricType, double TargetValue);
