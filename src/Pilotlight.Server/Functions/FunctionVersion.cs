namespace Pilotlight.Functions;

/// <summary>
/// One version of a function as it is invoked: immutable. A change of code or configuration makes a new object with a new
/// <see cref="Generation"/>; environments belong to exactly one generation.
/// </summary>
public sealed record FunctionVersion
{
    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }

    /// <summary><c>$LATEST</c> or a number.</summary>
    public required string Version { get; init; }

    /// <summary>Differs for every change of code or configuration.</summary>
    public required Guid Generation { get; init; }

    public required string Role { get; init; }

    /// <summary>AWS's identifier, such as <c>python3.13</c>; empty for images.</summary>
    public required string Runtime { get; init; }

    public required string Handler { get; init; }

    /// <summary>SHA-256 of the zip, lower-case hex: the name of the blob and of the unpacked folder.</summary>
    public required string CodeHash { get; init; }

    public required long CodeSizeBytes { get; init; }
    public string Description { get; init; } = "";
    public int TimeoutSeconds { get; init; } = 3;
    public int MemoryMegabytes { get; init; } = 128;
    public int EphemeralStorageMegabytes { get; init; } = 512;
    public string Architecture { get; init; } = "x86_64";

    /// <summary>Null when never set; shown as it was given, even when empty.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    public FunctionLogging Logging { get; init; } = new();
    public string TracingMode { get; init; } = "PassThrough";

    /// <summary>When the last change was accepted.</summary>
    public required DateTimeOffset LastModified { get; init; }

    public required string RevisionId { get; init; }

    /// <summary><c>Pending</c>, <c>Active</c>, <c>Inactive</c>, <c>Failed</c>.</summary>
    public required string State { get; init; }

    public string? StateReason { get; init; }
    public string? StateReasonCode { get; init; }

    /// <summary><c>Successful</c>, <c>Failed</c>, <c>InProgress</c>; null before the function was first active.</summary>
    public string? LastUpdateStatus { get; init; }

    public string? LastUpdateStatusReason { get; init; }
    public string? LastUpdateStatusReasonCode { get; init; }

    public VpcConfig? Vpc { get; init; }
    public string? DeadLetterTargetArn { get; init; }
    public string? KmsKeyArn { get; init; }
    public string? SourceKmsKeyArn { get; init; }
    public IReadOnlyList<FileSystemConfig>? FileSystems { get; init; }
    public string SnapStartApplyOn { get; init; } = "None";

    /// <summary>On AWS it would start from a snapshot; $LATEST never does, whatever it asks for.</summary>
    public bool HasSnapStart => IsPublished && SnapStartApplyOn == "PublishedVersions";

    /// <summary>In the order in which they are merged at <c>/opt</c>, later ones over earlier ones; null when there are none.</summary>
    public IReadOnlyList<FunctionLayer>? Layers { get; init; }

    /// <summary>Who signed the code, when the signature holds.</summary>
    public CodeSignature? Signature { get; init; }

    /// <summary>Null for <c>Auto</c>. Published with the version, but no change of it.</summary>
    public RuntimeManagement? RuntimeManagement { get; init; }

    /// <summary>The image as it was named; null for functions made of zips. An image has no package, and its digest as <see cref="CodeHash"/>.</summary>
    public string? ImageUri { get; init; }

    public ImageConfig? ImageConfig { get; init; }

    public TenancyConfig? Tenancy { get; init; }

    public DurableConfig? Durable { get; init; }

    public CapacityProviderConfig? CapacityProvider { get; init; }

    public bool IsPublished => Version != Latest;

    /// <summary>Whether it is placed on the capacity provider with this ARN.</summary>
    public bool RunsOn(string capacityProviderArn) =>
        CapacityProvider?.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn == capacityProviderArn;

    public bool IsImage => ImageUri is not null;

    /// <summary>What it would take to run this version that is not here, in plain words; null when it can run.</summary>
    public string? NotRunnable => this switch
    {
        { IsImage: true } => "A container image",
        { CapacityProvider: not null } => "A function on a capacity provider",
        { Durable: not null } => "A durable function",
        { Tenancy: not null } => "A function with tenant isolation",
        _ => null,
    };

    public bool IsSettled => State != "Pending" && LastUpdateStatus != "InProgress";

    /// <summary>What AWS calls the version that can be changed.</summary>
    public const string Latest = "$LATEST";

    /// <summary>The one version of a function on a capacity provider that is published again and again under the same name.</summary>
    public const string LatestPublished = "$LATEST.PUBLISHED";

    /// <summary>The function it is a version of.</summary>
    public FunctionKey Key => new(AccountId, Region, Name);

    /// <summary>Unqualified ARN of the function.</summary>
    public string FunctionArn => $"arn:aws:lambda:{Region}:{AccountId}:function:{Name}";
}

/// <summary>LoggingConfig. Levels are null in text format.</summary>
public sealed record FunctionLogging
{
    public string Format { get; init; } = "Text";
    public string? ApplicationLevel { get; init; }
    public string? SystemLevel { get; init; }

    /// <summary>Null for <c>/aws/lambda/NAME</c>.</summary>
    public string? Group { get; init; }
}
