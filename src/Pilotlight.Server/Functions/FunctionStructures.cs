using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Pilotlight.Functions;

// The structures of FunctionConfiguration and of the requests that set it, spelled as AWS spells them.

public sealed record VpcConfig
{
    public IReadOnlyList<string> SubnetIds { get; init; } = [];
    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];
    public bool Ipv6AllowedForDualStack { get; init; }
}

public sealed record VpcConfigResponse(
    IReadOnlyList<string> SubnetIds, IReadOnlyList<string> SecurityGroupIds, string VpcId, bool Ipv6AllowedForDualStack)
{
    /// <summary>There are no networks to look the id up in: it is derived from the subnets, and empty for a function that left its VPC.</summary>
    public static VpcConfigResponse Of(VpcConfig vpc)
    {
        var id = vpc.SubnetIds.Count == 0
            ? ""
            : "vpc-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(',', vpc.SubnetIds.Order()))))[..17];
        return new VpcConfigResponse(vpc.SubnetIds, vpc.SecurityGroupIds, id, vpc.Ipv6AllowedForDualStack);
    }
}

public sealed record DeadLetterConfig(string? TargetArn);

public sealed record EnvironmentConfig(IReadOnlyDictionary<string, string>? Variables);

public sealed record TracingConfig(string? Mode);

public sealed record FileSystemConfig(string Arn, string LocalMountPath);

public sealed record EphemeralStorage(int Size);

public sealed record SnapStart(string? ApplyOn);

public sealed record SnapStartResponse(string ApplyOn, string OptimizationStatus);

public sealed record RuntimeVersionConfig(string RuntimeVersionArn);

public sealed record LoggingConfig(string? LogFormat, string? ApplicationLogLevel, string? SystemLogLevel, string? LogGroup)
{
    public static LoggingConfig Of(FunctionVersion version) => new(
        version.Logging.Format, version.Logging.ApplicationLevel, version.Logging.SystemLevel,
        version.Logging.Group ?? $"/aws/lambda/{version.Name}");
}

/// <summary>A layer as a function's configuration shows it.</summary>
public sealed record LayerItem(string Arn, long CodeSize, string? SigningProfileVersionArn, string? SigningJobArn)
{
    public static LayerItem Of(FunctionLayer layer) =>
        new(layer.Arn, layer.CodeSizeBytes, layer.Signature?.ProfileVersionArn, layer.Signature?.JobArn);
}

public sealed record ImageConfig
{
    public IReadOnlyList<string>? EntryPoint { get; init; }
    public IReadOnlyList<string>? Command { get; init; }
    public string? WorkingDirectory { get; init; }

    /// <summary>What UpdateFunctionConfiguration takes the configuration away with.</summary>
    [JsonIgnore]
    public bool IsEmpty => EntryPoint is not { Count: > 0 } && Command is not { Count: > 0 } && WorkingDirectory is not { Length: > 0 };
}

public sealed record ImageConfigResponse(ImageConfig ImageConfig);

public sealed record TenancyConfig(string TenantIsolationMode);

public sealed record DurableConfig(int? RetentionPeriodInDays, int? ExecutionTimeout);

public sealed record CapacityProviderConfig(ManagedInstancesConfig LambdaManagedInstancesCapacityProviderConfig);

/// <summary>AWS's name is LambdaManagedInstancesCapacityProviderConfig.</summary>
public sealed record ManagedInstancesConfig(
    string CapacityProviderArn, int? PerExecutionEnvironmentMaxConcurrency, double? ExecutionEnvironmentMemoryGiBPerVCpu);

/// <summary>Where a package comes from, and what becomes of it.</summary>
public sealed record FunctionCode
{
    public byte[]? ZipFile { get; init; }
    public string? S3Bucket { get; init; }
    public string? S3Key { get; init; }
    public string? S3ObjectVersion { get; init; }
    public string? ImageUri { get; init; }
    public string? SourceKMSKeyArn { get; init; }
}

public sealed record FunctionCodeLocation(
    string RepositoryType, string? Location, string? ImageUri = null, string? ResolvedImageUri = null, string? SourceKMSKeyArn = null);
