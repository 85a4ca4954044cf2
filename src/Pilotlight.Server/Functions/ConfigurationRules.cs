using System.Text;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Iam;

namespace Pilotlight.Functions;

/// <summary>How a request's configuration members change a version, and which combinations AWS refuses. Members that are absent keep their value.</summary>
static class ConfigurationRules
{
    const int MaxEnvironmentBytes = 4096;
    const int MaxMemoryMegabytes = 10_240;

    /// <summary>Names that the platform sets itself (spec/runtime-api.md).</summary>
    static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY",
        "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
        "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN",
    };

    /// <summary>
    /// Runtime and role: AWS looks at them before the code. Who gives a function a role must be allowed to pass it on, and Lambda must be
    /// trusted by it.
    /// </summary>
    public static AwsError? CheckRuntimeAndRole(ConfigurationRequest input, AwsRequest request, FunctionServices services, string functionArn)
    {
        if (input.Runtime is { } runtime && Runtimes.Refuse(runtime) is { } refused)
            return refused;
        if (input.Role is not { } role)
            return null;
        if (role.Split(':')[4] != request.AccountId)
            return FunctionErrors.CrossAccountRole;
        if (services.Authorizer.Check(request, "iam:PassRole", role, PassedToLambda) is { } notPassed)
            return notPassed;
        return services.Roles.CanBeAssumed(role, functionArn) ? null : ExecutionRoles.CannotBeAssumed;

        ConditionValues PassedToLambda(string key) => key.ToLowerInvariant() switch
        {
            "iam:passedtoservice" => "lambda.amazonaws.com",
            "iam:associatedresourcearn" => functionArn,
            _ => ConditionValues.None,
        };
    }

    /// <param name="layers">The request's, resolved; null when it has none.</param>
    /// <exception cref="AwsException">The configuration is one that AWS refuses.</exception>
    public static FunctionVersion Apply(FunctionVersion version, ConfigurationRequest request, IReadOnlyList<FunctionLayer>? layers)
    {
        RefuseForPackageType(version, request);
        if (request.MemorySize > MaxMemoryMegabytes && version.CapacityProvider is null)
            throw AwsError.InvalidParameter(
                $"'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to {MaxMemoryMegabytes}").AsException();
        var changed = version with
        {
            Role = request.Role ?? version.Role,
            Handler = request.Handler ?? version.Handler,
            Runtime = request.Runtime ?? version.Runtime,
            Description = request.Description ?? version.Description,
            TimeoutSeconds = request.Timeout ?? version.TimeoutSeconds,
            MemoryMegabytes = request.MemorySize ?? version.MemoryMegabytes,
            Vpc = request.VpcConfig is { } vpc ? Complete(vpc) : version.Vpc,
            Environment = Environment(request.Environment) ?? version.Environment,
            DeadLetterTargetArn = Cleared(request.DeadLetterConfig?.TargetArn, version.DeadLetterTargetArn),
            KmsKeyArn = Cleared(request.KMSKeyArn, version.KmsKeyArn),
            TracingMode = request.TracingConfig?.Mode ?? version.TracingMode,
            FileSystems = request.FileSystemConfigs is { } systems ? (systems.Count == 0 ? null : systems) : version.FileSystems,
            EphemeralStorageMegabytes = request.EphemeralStorage?.Size ?? version.EphemeralStorageMegabytes,
            SnapStartApplyOn = request.SnapStart?.ApplyOn ?? version.SnapStartApplyOn,
            Logging = Logging(version.Logging, request.LoggingConfig),
            Durable = Durable(version.Durable, request.DurableConfig),
            ImageConfig = request.ImageConfig is { } image ? (image.IsEmpty ? null : image) : version.ImageConfig,
            Layers = layers is null ? version.Layers : layers.Count == 0 ? null : layers,
        };
        NetworkRules.Check(changed);
        if (changed is { CapacityProvider: not null, IsImage: false } && !Runtimes.SupportsManagedInstances(changed.Runtime))
            throw FunctionErrors.ManagedInstancesRuntime(changed.Runtime).AsException();
        if (changed.SnapStartApplyOn != "None" && RefuseSnapStart(changed) is { } refused)
            throw refused.AsException();
        return changed;
    }

    public static AwsError LevelWithText { get; } = AwsError.InvalidParameter(
        "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat "
        + "to \"JSON\" and try again.");

    /// <summary>A function is durable from the beginning or never; its settings merge.</summary>
    static DurableConfig? Durable(DurableConfig? current, DurableConfig? requested)
    {
        if (requested is null)
            return current;
        if (current is null)
            throw FunctionErrors.DurableAtCreationOnly.AsException();
        var merged = new DurableConfig(
            requested.RetentionPeriodInDays ?? current.RetentionPeriodInDays, requested.ExecutionTimeout ?? current.ExecutionTimeout);
        return merged.ExecutionTimeout is null ? throw FunctionErrors.DurableWithoutTimeout.AsException() : merged;
    }

    static AwsError? RefuseSnapStart(FunctionVersion version) => version switch
    {
        { IsImage: true } => FunctionErrors.NoSnapStart("ContainerImage"),
        { Tenancy: not null } => FunctionErrors.NoSnapStart("TenancyConfig"),
        { CapacityProvider: not null } => FunctionErrors.NoSnapStart("CapacityProviderConfig"),
        { FileSystems.Count: > 0 } => FunctionErrors.NoSnapStart("FileSystemConfigs"),
        { EphemeralStorageMegabytes: > 512 } => FunctionErrors.NoSnapStart("EphemeralStorage above 512 MB"),
        _ => Runtimes.SupportsSnapStart(version.Runtime) ? null : FunctionErrors.NoSnapStart(version.Runtime),
    };

    static void RefuseForPackageType(FunctionVersion version, ConfigurationRequest request)
    {
        if (version.IsImage && (request.Runtime is not null || request.Handler is not null || request.Layers is { Count: > 0 }))
            throw FunctionErrors.RuntimeWithImage.AsException();
        if (!version.IsImage && request.ImageConfig is { IsEmpty: false })
            throw FunctionErrors.ImageConfigWithZip.AsException();
    }

    static VpcConfig Complete(VpcConfig vpc) => vpc with { SubnetIds = vpc.SubnetIds ?? [], SecurityGroupIds = vpc.SecurityGroupIds ?? [] };

    /// <summary>An absent value keeps, an empty one clears.</summary>
    static string? Cleared(string? requested, string? current) => requested switch
    {
        null => current,
        "" => null,
        _ => requested,
    };

    static IReadOnlyDictionary<string, string>? Environment(EnvironmentConfig? requested)
    {
        if (requested?.Variables is not { } variables)
            return null;
        var reserved = variables.Keys.Where(Reserved.Contains).ToList();
        if (reserved.Count > 0)
            throw AwsError.InvalidParameter(
                "Lambda was unable to configure your environment variables because the environment variables you have provided contains "
                + "reserved keys that are currently not supported for modification. "
                + $"Reserved keys used in this request: {string.Join(", ", reserved)}").AsException();
        var measured = JsonSerializer.Serialize(variables, FunctionsJson.Wire.IReadOnlyDictionaryStringString);
        if (Encoding.UTF8.GetByteCount(measured) > MaxEnvironmentBytes)
            throw AwsError.InvalidParameter(
                "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded "
                + $"the 4KB limit. String measured: {measured}").AsException();
        return variables;
    }

    static FunctionLogging Logging(FunctionLogging current, LoggingConfig? requested)
    {
        if (requested is null)
            return current;
        var format = requested.LogFormat ?? current.Format;
        var group = requested.LogGroup ?? current.Group;
        if (format == "JSON")
            return new FunctionLogging
            {
                Format = format,
                ApplicationLevel = requested.ApplicationLogLevel ?? current.ApplicationLevel ?? "INFO",
                SystemLevel = requested.SystemLogLevel ?? current.SystemLevel ?? "INFO",
                Group = group,
            };
        if (requested.ApplicationLogLevel is not null || requested.SystemLogLevel is not null)
            throw LevelWithText.AsException();
        return new FunctionLogging { Format = format, Group = group };
    }
}
