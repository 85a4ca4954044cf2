namespace Pilotlight.Functions;

/// <summary>The configuration members that CreateFunction and UpdateFunctionConfiguration have in common.</summary>
public abstract record ConfigurationRequest
{
    public string? Role { get; init; }
    public string? Handler { get; init; }
    public string? Runtime { get; init; }
    public string? Description { get; init; }
    public int? Timeout { get; init; }
    public int? MemorySize { get; init; }
    public VpcConfig? VpcConfig { get; init; }
    public EnvironmentConfig? Environment { get; init; }
    public DeadLetterConfig? DeadLetterConfig { get; init; }
    public string? KMSKeyArn { get; init; }
    public TracingConfig? TracingConfig { get; init; }
    public IReadOnlyList<string>? Layers { get; init; }
    public IReadOnlyList<FileSystemConfig>? FileSystemConfigs { get; init; }
    public EphemeralStorage? EphemeralStorage { get; init; }
    public SnapStart? SnapStart { get; init; }
    public LoggingConfig? LoggingConfig { get; init; }
    public ImageConfig? ImageConfig { get; init; }
    public CapacityProviderConfig? CapacityProviderConfig { get; init; }
    public DurableConfig? DurableConfig { get; init; }
}

public sealed record CreateFunctionRequest : ConfigurationRequest
{
    public required string FunctionName { get; init; }
    public required FunctionCode Code { get; init; }
    public bool? Publish { get; init; }
    public string? PackageType { get; init; }
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
    public string? CodeSigningConfigArn { get; init; }
    public IReadOnlyList<string>? Architectures { get; init; }
    public TenancyConfig? TenancyConfig { get; init; }
    public string? PublishTo { get; init; }
}

public sealed record UpdateFunctionConfigurationRequest : ConfigurationRequest
{
    public string? RevisionId { get; init; }
}

public sealed record UpdateFunctionCodeRequest
{
    public byte[]? ZipFile { get; init; }
    public string? S3Bucket { get; init; }
    public string? S3Key { get; init; }
    public string? S3ObjectVersion { get; init; }
    public string? ImageUri { get; init; }
    public string? SourceKMSKeyArn { get; init; }
    public bool? Publish { get; init; }
    public bool? DryRun { get; init; }
    public string? RevisionId { get; init; }
    public IReadOnlyList<string>? Architectures { get; init; }
    public string? PublishTo { get; init; }

    public FunctionCode Code => new()
    {
        ZipFile = ZipFile,
        S3Bucket = S3Bucket,
        S3Key = S3Key,
        S3ObjectVersion = S3ObjectVersion,
        ImageUri = ImageUri,
        SourceKMSKeyArn = SourceKMSKeyArn,
    };
}

public sealed record PublishVersionRequest(string? CodeSha256, string? Description, string? RevisionId, string? PublishTo);

public sealed record TagResourceRequest(IReadOnlyDictionary<string, string> Tags);
