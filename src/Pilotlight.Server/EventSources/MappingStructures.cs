using System.Text.Json;
using Pilotlight.Functions;

namespace Pilotlight.EventSources;

// The structures of event source mappings, spelled as AWS spells them.

public sealed record FilterCriteria(IReadOnlyList<EventFilter>? Filters);

public sealed record EventFilter(string? Pattern);

public sealed record SourceAccessConfiguration(string? Type, string? URI);

public sealed record SelfManagedEventSource(IReadOnlyDictionary<string, IReadOnlyList<string>>? Endpoints);

public sealed record KafkaConfig(string? ConsumerGroupId, SchemaRegistryConfig? SchemaRegistryConfig);

public sealed record SchemaRegistryConfig(
    string? SchemaRegistryURI, string? EventRecordFormat, IReadOnlyList<SourceAccessConfiguration>? AccessConfigs,
    IReadOnlyList<SchemaValidation>? SchemaValidationConfigs);

public sealed record SchemaValidation(string? Attribute);

public sealed record ScalingConfig(int? MaximumConcurrency);

public sealed record DocumentDBConfig(string? DatabaseName, string? CollectionName, string? FullDocument);

public sealed record MappingMetricsConfig(IReadOnlyList<string>? Metrics);

public sealed record MappingLoggingConfig(string? SystemLogLevel);

public sealed record ProvisionedPollerConfig(int? MinimumPollers, int? MaximumPollers, string? PollerGroupName);

/// <summary>What CreateEventSourceMapping and UpdateEventSourceMapping may both set, and what a mapping keeps of it.</summary>
public record MappingSettings
{
    public int? BatchSize { get; init; }
    public FilterCriteria? FilterCriteria { get; init; }
    public int? MaximumBatchingWindowInSeconds { get; init; }
    public int? ParallelizationFactor { get; init; }
    public DestinationConfig? DestinationConfig { get; init; }
    public int? MaximumRecordAgeInSeconds { get; init; }
    public bool? BisectBatchOnFunctionError { get; init; }
    public int? MaximumRetryAttempts { get; init; }
    public int? TumblingWindowInSeconds { get; init; }
    public IReadOnlyList<SourceAccessConfiguration>? SourceAccessConfigurations { get; init; }
    public IReadOnlyList<string>? FunctionResponseTypes { get; init; }
    public KafkaConfig? AmazonManagedKafkaEventSourceConfig { get; init; }
    public KafkaConfig? SelfManagedKafkaEventSourceConfig { get; init; }
    public ScalingConfig? ScalingConfig { get; init; }
    public DocumentDBConfig? DocumentDBEventSourceConfig { get; init; }
    public string? KMSKeyArn { get; init; }
    public MappingMetricsConfig? MetricsConfig { get; init; }
    public MappingLoggingConfig? LoggingConfig { get; init; }
    public ProvisionedPollerConfig? ProvisionedPollerConfig { get; init; }
}

/// <summary>Where the records come from: set once, at creation.</summary>
public sealed record MappingSource
{
    public string? EventSourceArn { get; init; }
    public SelfManagedEventSource? SelfManagedEventSource { get; init; }
    public IReadOnlyList<string>? Topics { get; init; }
    public IReadOnlyList<string>? Queues { get; init; }
    public string? StartingPosition { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public double? StartingPositionTimestamp { get; init; }
}

public sealed record MappingRequest : MappingSettings
{
    public string? FunctionName { get; init; }
    public bool? Enabled { get; init; }
    public string? EventSourceArn { get; init; }
    public SelfManagedEventSource? SelfManagedEventSource { get; init; }
    public IReadOnlyList<string>? Topics { get; init; }
    public IReadOnlyList<string>? Queues { get; init; }
    public string? StartingPosition { get; init; }
    public JsonElement? StartingPositionTimestamp { get; init; }
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}
