using Pilotlight.Functions;

namespace Pilotlight.EventSources;

/// <summary>How settings become those of a mapping: what was never set has the kind's default, what an update leaves out keeps its value.</summary>
static class MappingDefaults
{
    /// <summary>The settings of a new mapping.</summary>
    public static MappingSettings Complete(EventSourceKind kind, MappingSettings given)
    {
        var settings = Normalized(given) with
        {
            BatchSize = given.BatchSize ?? kind.DefaultBatchSize,
            MaximumBatchingWindowInSeconds = given.MaximumBatchingWindowInSeconds ?? (kind.IsQueue || kind.IsStream ? 0 : null),
            FunctionResponseTypes = given.FunctionResponseTypes ?? (kind.IsQueue || kind.IsStream ? [] : null),
        };
        if (kind.IsStream)
            return settings with
            {
                BisectBatchOnFunctionError = given.BisectBatchOnFunctionError ?? false,
                DestinationConfig = settings.DestinationConfig ?? NoDestination,
                MaximumRecordAgeInSeconds = given.MaximumRecordAgeInSeconds ?? -1,
                MaximumRetryAttempts = given.MaximumRetryAttempts ?? -1,
                ParallelizationFactor = given.ParallelizationFactor ?? 1,
                TumblingWindowInSeconds = given.TumblingWindowInSeconds ?? 0,
            };
        if (kind == EventSourceKind.ManagedKafka)
            return settings with { AmazonManagedKafkaEventSourceConfig = WithGroup(given.AmazonManagedKafkaEventSourceConfig) };
        if (kind == EventSourceKind.SelfManagedKafka)
            return settings with { SelfManagedKafkaEventSourceConfig = WithGroup(given.SelfManagedKafkaEventSourceConfig) };
        return kind == EventSourceKind.DocumentDb
            ? settings with { DocumentDBEventSourceConfig = given.DocumentDBEventSourceConfig! with { FullDocument = given.DocumentDBEventSourceConfig.FullDocument ?? "Default" } }
            : settings;
    }

    /// <summary>The settings after an update: structures replace, empty ones clear.</summary>
    public static MappingSettings Merge(EventSourceKind kind, MappingSettings current, MappingSettings given) => Normalized(new MappingSettings
    {
        BatchSize = given.BatchSize ?? current.BatchSize,
        FilterCriteria = given.FilterCriteria ?? current.FilterCriteria,
        MaximumBatchingWindowInSeconds = given.MaximumBatchingWindowInSeconds ?? current.MaximumBatchingWindowInSeconds,
        ParallelizationFactor = given.ParallelizationFactor ?? current.ParallelizationFactor,
        DestinationConfig = given.DestinationConfig is { } destination
            ? (destination.OnFailure?.Destination is { Length: > 0 } ? destination : kind.IsStream ? NoDestination : null)
            : current.DestinationConfig,
        MaximumRecordAgeInSeconds = given.MaximumRecordAgeInSeconds ?? current.MaximumRecordAgeInSeconds,
        BisectBatchOnFunctionError = given.BisectBatchOnFunctionError ?? current.BisectBatchOnFunctionError,
        MaximumRetryAttempts = given.MaximumRetryAttempts ?? current.MaximumRetryAttempts,
        TumblingWindowInSeconds = given.TumblingWindowInSeconds ?? current.TumblingWindowInSeconds,
        SourceAccessConfigurations = given.SourceAccessConfigurations ?? current.SourceAccessConfigurations,
        FunctionResponseTypes = given.FunctionResponseTypes ?? current.FunctionResponseTypes,
        AmazonManagedKafkaEventSourceConfig = given.AmazonManagedKafkaEventSourceConfig is { } managed
            ? managed with { ConsumerGroupId = managed.ConsumerGroupId ?? current.AmazonManagedKafkaEventSourceConfig?.ConsumerGroupId }
            : current.AmazonManagedKafkaEventSourceConfig,
        SelfManagedKafkaEventSourceConfig = given.SelfManagedKafkaEventSourceConfig is { } own
            ? own with { ConsumerGroupId = own.ConsumerGroupId ?? current.SelfManagedKafkaEventSourceConfig?.ConsumerGroupId }
            : current.SelfManagedKafkaEventSourceConfig,
        ScalingConfig = given.ScalingConfig ?? current.ScalingConfig,
        DocumentDBEventSourceConfig = given.DocumentDBEventSourceConfig is { } documents
            ? documents with { FullDocument = documents.FullDocument ?? current.DocumentDBEventSourceConfig?.FullDocument }
            : current.DocumentDBEventSourceConfig,
        KMSKeyArn = given.KMSKeyArn ?? current.KMSKeyArn,
        MetricsConfig = given.MetricsConfig ?? current.MetricsConfig,
        LoggingConfig = given.LoggingConfig ?? current.LoggingConfig,
        ProvisionedPollerConfig = given.ProvisionedPollerConfig ?? current.ProvisionedPollerConfig,
    });

    static DestinationConfig NoDestination { get; } = new(null, new DestinationEnd(null));

    /// <summary>Empty structures are not kept.</summary>
    static MappingSettings Normalized(MappingSettings settings) => new()
    {
        BatchSize = settings.BatchSize,
        FilterCriteria = settings.FilterCriteria is { Filters.Count: > 0 } filters ? filters : null,
        MaximumBatchingWindowInSeconds = settings.MaximumBatchingWindowInSeconds,
        ParallelizationFactor = settings.ParallelizationFactor,
        DestinationConfig = settings.DestinationConfig,
        MaximumRecordAgeInSeconds = settings.MaximumRecordAgeInSeconds,
        BisectBatchOnFunctionError = settings.BisectBatchOnFunctionError,
        MaximumRetryAttempts = settings.MaximumRetryAttempts,
        TumblingWindowInSeconds = settings.TumblingWindowInSeconds,
        SourceAccessConfigurations = settings.SourceAccessConfigurations,
        FunctionResponseTypes = settings.FunctionResponseTypes,
        AmazonManagedKafkaEventSourceConfig = settings.AmazonManagedKafkaEventSourceConfig,
        SelfManagedKafkaEventSourceConfig = settings.SelfManagedKafkaEventSourceConfig,
        ScalingConfig = settings.ScalingConfig is { MaximumConcurrency: not null } scaling ? scaling : null,
        DocumentDBEventSourceConfig = settings.DocumentDBEventSourceConfig,
        KMSKeyArn = settings.KMSKeyArn is { Length: > 0 } key ? key : null,
        MetricsConfig = settings.MetricsConfig is { Metrics.Count: > 0 } metrics ? metrics : null,
        LoggingConfig = settings.LoggingConfig is { SystemLogLevel: not null } logging ? logging : null,
        ProvisionedPollerConfig = settings.ProvisionedPollerConfig is { MinimumPollers: not null } or { MaximumPollers: not null }
            ? settings.ProvisionedPollerConfig
            : null,
    };

    static KafkaConfig WithGroup(KafkaConfig? given) =>
        (given ?? new KafkaConfig(null, null)) with { ConsumerGroupId = given?.ConsumerGroupId ?? Guid.NewGuid().ToString() };
}
