namespace Pilotlight.Functions;

/// <summary>A version as the API shows it. Members that AWS leaves out are null here and absent on the wire.</summary>
public sealed record FunctionConfiguration
{
    public required string FunctionName { get; init; }
    public required string FunctionArn { get; init; }
    public string? Runtime { get; init; }
    public required string Role { get; init; }
    public string? Handler { get; init; }
    public required long CodeSize { get; init; }
    public required string Description { get; init; }
    public required int Timeout { get; init; }
    public required int MemorySize { get; init; }
    public required string LastModified { get; init; }
    public required string CodeSha256 { get; init; }
    public required string Version { get; init; }
    public VpcConfigResponse? VpcConfig { get; init; }
    public DeadLetterConfig? DeadLetterConfig { get; init; }
    public EnvironmentConfig? Environment { get; init; }
    public string? KMSKeyArn { get; init; }
    public required TracingConfig TracingConfig { get; init; }
    public required string RevisionId { get; init; }
    public string? State { get; init; }
    public string? StateReason { get; init; }
    public string? StateReasonCode { get; init; }
    public string? LastUpdateStatus { get; init; }
    public string? LastUpdateStatusReason { get; init; }
    public string? LastUpdateStatusReasonCode { get; init; }
    public IReadOnlyList<FileSystemConfig>? FileSystemConfigs { get; init; }
    public required string PackageType { get; init; }
    public required IReadOnlyList<string> Architectures { get; init; }
    public required EphemeralStorage EphemeralStorage { get; init; }
    public SnapStartResponse? SnapStart { get; init; }
    public RuntimeVersionConfig? RuntimeVersionConfig { get; init; }
    public required LoggingConfig LoggingConfig { get; init; }
    public IReadOnlyList<LayerItem>? Layers { get; init; }
    public string? SigningProfileVersionArn { get; init; }
    public string? SigningJobArn { get; init; }
    public ImageConfigResponse? ImageConfigResponse { get; init; }
    public CapacityProviderConfig? CapacityProviderConfig { get; init; }
    public DurableConfig? DurableConfig { get; init; }
    public TenancyConfig? TenancyConfig { get; init; }

    /// <summary>As Create, Update and Get answer: with the state.</summary>
    public static FunctionConfiguration Of(FunctionVersion version, string arn) => Listed(version, arn) with
    {
        State = version.State,
        StateReason = version.StateReason,
        StateReasonCode = version.StateReasonCode,
        LastUpdateStatus = version.LastUpdateStatus,
        LastUpdateStatusReason = version.LastUpdateStatusReason,
        LastUpdateStatusReasonCode = version.LastUpdateStatusReasonCode,
        RuntimeVersionConfig = version.IsImage ? null : new RuntimeVersionConfig(Runtimes.VersionArn(version.Region, version.Runtime)),
    };

    /// <summary>As lists show it: without state, update status and runtime version.</summary>
    public static FunctionConfiguration Listed(FunctionVersion version, string arn) => new()
    {
        FunctionName = version.Name,
        FunctionArn = arn,
        Runtime = version.IsImage ? null : version.Runtime,
        Role = version.Role,
        Handler = version.IsImage ? null : version.Handler,
        CodeSize = version.CodeSizeBytes,
        Description = version.Description,
        Timeout = version.TimeoutSeconds,
        MemorySize = version.MemoryMegabytes,
        LastModified = Timestamps.Format(version.LastModified),
        CodeSha256 = CodeSha256Of(version),
        Version = version.Version,
        VpcConfig = version.Vpc is { } vpc ? VpcConfigResponse.Of(vpc) : null,
        DeadLetterConfig = version.DeadLetterTargetArn is { } target ? new DeadLetterConfig(target) : null,
        Environment = version.Environment is { } variables ? new EnvironmentConfig(variables) : null,
        KMSKeyArn = version.KmsKeyArn,
        TracingConfig = new TracingConfig(version.TracingMode),
        RevisionId = version.RevisionId,
        FileSystemConfigs = version.FileSystems,
        PackageType = version.IsImage ? "Image" : "Zip",
        Architectures = [version.Architecture],
        EphemeralStorage = new EphemeralStorage(version.EphemeralStorageMegabytes),
        SnapStart = version.CapacityProvider is null ? new SnapStartResponse(version.SnapStartApplyOn, version.HasSnapStart ? "On" : "Off") : null,
        LoggingConfig = LoggingConfig.Of(version),
        Layers = version.Layers is { Count: > 0 } layers ? [.. layers.Select(LayerItem.Of)] : null,
        SigningProfileVersionArn = version.Signature?.ProfileVersionArn,
        SigningJobArn = version.Signature?.JobArn,
        ImageConfigResponse = version.ImageConfig is { } image ? new ImageConfigResponse(image) : null,
        CapacityProviderConfig = version.CapacityProvider,
        DurableConfig = version.Durable,
        TenancyConfig = version.Tenancy,
    };

    /// <summary>Base64 of a zip's hash, but hexadecimal of an image's digest.</summary>
    public static string CodeSha256Of(FunctionVersion version) =>
        version.IsImage ? version.CodeHash : Convert.ToBase64String(Convert.FromHexString(version.CodeHash));
}
