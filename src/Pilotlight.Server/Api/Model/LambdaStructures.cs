using static Pilotlight.Api.LambdaShapes;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Api;

/// <summary>Structures and lists of the Lambda model that appear in inputs (spec/api.md appendix B).</summary>
static class LambdaStructures
{
    /// <summary>CreateFunction reports the length and the pattern of a bad name; every other operation the pattern alone.</summary>
    public static readonly StringShape CreatedFunctionName = FunctionName with { PatternHidesLength = false };

    public static readonly StringShape DeletedFunctionName = NamespacedFunctionName with { Max = 140 };

    public static readonly ListShape Architectures = new(Architecture) { Min = 1, Max = 1 };

    public static readonly ListShape Layers = new(LayerVersionArn);

    public static readonly ListShape SubnetIds = new(new StringShape { Min = 0, Max = 1024, Pattern = "subnet-[0-9a-z]*" }) { Min = 0, Max = 16 };

    public static readonly ListShape SecurityGroupIds = new(new StringShape { Min = 0, Max = 1024, Pattern = "sg-[0-9a-zA-Z]*" }) { Min = 0, Max = 5 };

    public static readonly StructureShape VpcConfig = new(
        "VpcConfig",
        Body("SubnetIds", SubnetIds),
        Body("SecurityGroupIds", SecurityGroupIds),
        Body("Ipv6AllowedForDualStack", LambdaShapes.Boolean));

    public static readonly StructureShape DeadLetterConfig = new("DeadLetterConfig", Body("TargetArn", ResourceArn));

    public static readonly StructureShape Environment = new(
        "Environment", Body("Variables", new MapShape(EnvironmentVariableName, Text) { Sensitive = true }));

    public static readonly StructureShape TracingConfig = new("TracingConfig", Body("Mode", TracingMode));

    public static readonly ListShape FileSystemConfigs = new(
        new StructureShape("FileSystemConfig", RequiredBody("Arn", FileSystemArn), RequiredBody("LocalMountPath", LocalMountPath)))
    {
        Min = 0,
        Max = 1,
    };

    public static readonly StructureShape ImageConfig = new(
        "ImageConfig",
        Body("EntryPoint", new ListShape(Text) { Min = 0, Max = 1500 }),
        Body("Command", new ListShape(Text) { Min = 0, Max = 1500 }),
        Body("WorkingDirectory", WorkingDirectory));

    public static readonly StructureShape EphemeralStorage = new("EphemeralStorage", RequiredBody("Size", EphemeralStorageSize));

    public static readonly StructureShape SnapStart = new("SnapStart", Body("ApplyOn", SnapStartApplyOn));

    public static readonly StructureShape LoggingConfig = new(
        "LoggingConfig",
        Body("LogFormat", LogFormat),
        Body("ApplicationLogLevel", ApplicationLogLevel),
        Body("SystemLogLevel", SystemLogLevel),
        Body("LogGroup", LogGroup));

    public static readonly StructureShape CapacityProviderConfig = new(
        "CapacityProviderConfig",
        RequiredBody("LambdaManagedInstancesCapacityProviderConfig", new StructureShape(
            "LambdaManagedInstancesCapacityProviderConfig",
            RequiredBody("CapacityProviderArn", CapacityProviderArn),
            Body("PerExecutionEnvironmentMaxConcurrency", PerExecutionEnvironmentMaxConcurrency),
            Body("ExecutionEnvironmentMemoryGiBPerVCpu", ExecutionEnvironmentMemoryGiBPerVCpu))));

    /// <summary>Where records go, of event invoke configs and of event source mappings.</summary>
    public static readonly StructureShape DestinationConfig = new(
        "DestinationConfig",
        Body("OnSuccess", new StructureShape("OnSuccess", Body("Destination", DestinationArn))),
        Body("OnFailure", new StructureShape("OnFailure", Body("Destination", DestinationArn))));

    public static readonly StructureShape DurableConfig = new(
        "DurableConfig",
        Body("RetentionPeriodInDays", RetentionPeriodInDays),
        Body("ExecutionTimeout", ExecutionTimeout));

    public static readonly StructureShape TenancyConfig = new(
        "TenancyConfig", RequiredBody("TenantIsolationMode", TenantIsolationMode));

    /// <summary>The members that name a package, in CreateFunction's <c>Code</c> and at the top of UpdateFunctionCode.</summary>
    public static readonly IReadOnlyList<ModelMember> CodeMembers =
    [
        Body("ZipFile", Blob with { Sensitive = true }),
        Body("S3Bucket", S3Bucket),
        Body("S3Key", S3Key),
        Body("S3ObjectVersion", S3ObjectVersion),
        Body("ImageUri", Text),
        Body("SourceKMSKeyArn", KMSKeyArn),
    ];

    public static readonly StructureShape FunctionCode = new("FunctionCode", CodeMembers);

    /// <summary>The configuration that CreateFunction and UpdateFunctionConfiguration have in common.</summary>
    public static readonly IReadOnlyList<ModelMember> ConfigurationMembers =
    [
        Body("Handler", Handler),
        Body("Description", Description),
        Body("Timeout", LambdaShapes.Timeout),
        Body("MemorySize", MemorySize),
        Body("VpcConfig", VpcConfig),
        Body("DeadLetterConfig", DeadLetterConfig),
        Body("Environment", Environment),
        Body("KMSKeyArn", KMSKeyArn),
        Body("TracingConfig", TracingConfig),
        Body("Layers", Layers),
        Body("FileSystemConfigs", FileSystemConfigs),
        Body("ImageConfig", ImageConfig),
        Body("EphemeralStorage", EphemeralStorage),
        Body("SnapStart", SnapStart),
        Body("LoggingConfig", LoggingConfig),
        Body("CapacityProviderConfig", CapacityProviderConfig),
        Body("DurableConfig", DurableConfig),
        Body("Runtime", Text),
    ];
}
