using Pilotlight.Functions;

namespace Pilotlight.EventSources;

/// <summary>A mapping as the API shows it (EventSourceMappingConfiguration); what is not set is absent.</summary>
public sealed record MappingConfiguration
{
    public required string UUID { get; init; }
    public string? StartingPosition { get; init; }
    public double? StartingPositionTimestamp { get; init; }
    public int? BatchSize { get; init; }
    public int? MaximumBatchingWindowInSeconds { get; init; }
    public int? ParallelizationFactor { get; init; }
    public string? EventSourceArn { get; init; }
    public FilterCriteria? FilterCriteria { get; init; }
    public required string FunctionArn { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required double LastModified { get; init; }

    public string? LastProcessingResult { get; init; }
    public required string State { get; init; }
    public required string StateTransitionReason { get; init; }
    public DestinationConfig? DestinationConfig { get; init; }
    public IReadOnlyList<string>? Topics { get; init; }
    public IReadOnlyList<string>? Queues { get; init; }
    public IReadOnlyList<SourceAccessConfiguration>? SourceAccessConfigurations { get; init; }
    public SelfManagedEventSource? SelfManagedEventSource { get; init; }
    public int? MaximumRecordAgeInSeconds { get; init; }
    public bool? BisectBatchOnFunctionError { get; init; }
    public int? MaximumRetryAttempts { get; init; }
    public int? TumblingWindowInSeconds { get; init; }
    public IReadOnlyList<string>? FunctionResponseTypes { get; init; }
    public KafkaConfig? AmazonManagedKafkaEventSourceConfig { get; init; }
    public KafkaConfig? SelfManagedKafkaEventSourceConfig { get; init; }
    public ScalingConfig? ScalingConfig { get; init; }
    public DocumentDBConfig? DocumentDBEventSourceConfig { get; init; }
    public string? KMSKeyArn { get; init; }
    public required string EventSourceMappingArn { get; init; }
    public MappingMetricsConfig? MetricsConfig { get; init; }
    public MappingLoggingConfig? LoggingConfig { get; init; }
    public ProvisionedPollerConfig? ProvisionedPollerConfig { get; init; }

    /// <summary>Queues say nothing while all is well, on AWS too.</summary>
    static string? ResultOf(EventSourceKind kind, EventSourceMapping mapping) => kind.IsQueue
        ? mapping.LastProcessingResult is { } problem && problem.StartsWith("PROBLEM", StringComparison.Ordinal) ? problem : null
        : mapping.LastProcessingResult ?? (kind.IsStream || kind.IsKafka ? MappingResult.NothingYet : null);

    public static MappingConfiguration Of(EventSourceMapping mapping)
    {
        var kind = EventSourceKind.Named(mapping.Kind);
        var (source, settings) = (mapping.Source, mapping.Settings);
        return new MappingConfiguration
        {
            UUID = mapping.Id,
            StartingPosition = source.StartingPosition,
            StartingPositionTimestamp = source.StartingPositionTimestamp,
            BatchSize = settings.BatchSize,
            MaximumBatchingWindowInSeconds = settings.MaximumBatchingWindowInSeconds,
            ParallelizationFactor = settings.ParallelizationFactor,
            EventSourceArn = source.EventSourceArn,
            FilterCriteria = settings.FilterCriteria,
            FunctionArn = mapping.FunctionArn,
            LastModified = Timestamps.EpochSeconds(mapping.LastModified),
            LastProcessingResult = ResultOf(kind, mapping),
            State = mapping.State,
            StateTransitionReason = kind.TransitionReason,
            DestinationConfig = settings.DestinationConfig,
            Topics = source.Topics,
            Queues = source.Queues,
            SourceAccessConfigurations = settings.SourceAccessConfigurations,
            SelfManagedEventSource = source.SelfManagedEventSource,
            MaximumRecordAgeInSeconds = settings.MaximumRecordAgeInSeconds,
            BisectBatchOnFunctionError = settings.BisectBatchOnFunctionError,
            MaximumRetryAttempts = settings.MaximumRetryAttempts,
            TumblingWindowInSeconds = settings.TumblingWindowInSeconds,
            FunctionResponseTypes = settings.FunctionResponseTypes,
            AmazonManagedKafkaEventSourceConfig = settings.AmazonManagedKafkaEventSourceConfig,
            SelfManagedKafkaEventSourceConfig = settings.SelfManagedKafkaEventSourceConfig,
            ScalingConfig = settings.ScalingConfig,
            DocumentDBEventSourceConfig = settings.DocumentDBEventSourceConfig,
            KMSKeyArn = settings.KMSKeyArn,
            EventSourceMappingArn = mapping.Arn,
            MetricsConfig = settings.MetricsConfig,
            LoggingConfig = settings.LoggingConfig,
            ProvisionedPollerConfig = settings.ProvisionedPollerConfig,
        };
    }
}
