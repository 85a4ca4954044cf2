using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.EventSources;

/// <summary>The input members of CreateEventSourceMapping and UpdateEventSourceMapping.</summary>
static class MappingModel
{
    static readonly ListShape s_sourceAccess = new(new StructureShape(
        "SourceAccessConfiguration", Body("Type", LambdaShapes.SourceAccessType), Body("URI", LambdaShapes.URI)))
    {
        Min = 0,
        Max = 22,
    };

    static readonly StructureShape s_schemaRegistry = new(
        "KafkaSchemaRegistryConfig",
        Body("SchemaRegistryURI", LambdaShapes.SchemaRegistryUri),
        Body("EventRecordFormat", LambdaShapes.SchemaRegistryEventRecordFormat),
        Body("AccessConfigs", new ListShape(new StructureShape(
            "KafkaSchemaRegistryAccessConfig", Body("Type", LambdaShapes.KafkaSchemaRegistryAuthType), Body("URI", LambdaShapes.Arn)))),
        Body("SchemaValidationConfigs", new ListShape(new StructureShape(
            "KafkaSchemaValidationConfig", Body("Attribute", LambdaShapes.KafkaSchemaValidationAttribute)))));

    static StructureShape Kafka(string name) => new(
        name, Body("ConsumerGroupId", LambdaShapes.URI), Body("SchemaRegistryConfig", s_schemaRegistry));

    /// <summary>What both operations take.</summary>
    static readonly IReadOnlyList<ModelMember> s_settings =
    [
        Body("Enabled", LambdaShapes.Boolean),
        Body("BatchSize", LambdaShapes.BatchSize),
        Body("FilterCriteria", new StructureShape(
            "FilterCriteria", Body("Filters", new ListShape(new StructureShape("Filter", Body("Pattern", LambdaShapes.Pattern)))))),
        Body("MaximumBatchingWindowInSeconds", LambdaShapes.MaximumBatchingWindowInSeconds),
        Body("ParallelizationFactor", LambdaShapes.ParallelizationFactor),
        Body("DestinationConfig", LambdaStructures.DestinationConfig),
        Body("MaximumRecordAgeInSeconds", LambdaShapes.MaximumRecordAgeInSeconds),
        Body("BisectBatchOnFunctionError", LambdaShapes.Boolean),
        Body("MaximumRetryAttempts", LambdaShapes.MaximumRetryAttemptsEventSourceMapping),
        Body("TumblingWindowInSeconds", LambdaShapes.TumblingWindowInSeconds),
        Body("SourceAccessConfigurations", s_sourceAccess),
        Body("FunctionResponseTypes", new ListShape(LambdaShapes.FunctionResponseType) { Min = 0, Max = 1 }),
        Body("AmazonManagedKafkaEventSourceConfig", Kafka("AmazonManagedKafkaEventSourceConfig")),
        Body("SelfManagedKafkaEventSourceConfig", Kafka("SelfManagedKafkaEventSourceConfig")),
        Body("ScalingConfig", new StructureShape("ScalingConfig", Body("MaximumConcurrency", LambdaShapes.MaximumConcurrency))),
        Body("DocumentDBEventSourceConfig", new StructureShape(
            "DocumentDBEventSourceConfig", Body("DatabaseName", LambdaShapes.DatabaseName),
            Body("CollectionName", LambdaShapes.CollectionName), Body("FullDocument", LambdaShapes.FullDocument))),
        Body("KMSKeyArn", LambdaShapes.KMSKeyArn),
        Body("MetricsConfig", new StructureShape(
            "EventSourceMappingMetricsConfig", Body("Metrics", new ListShape(LambdaShapes.EventSourceMappingMetric) { Min = 0, Max = 3 }))),
        Body("LoggingConfig", new StructureShape(
            "EventSourceMappingLoggingConfig", Body("SystemLogLevel", LambdaShapes.EventSourceMappingSystemLogLevel))),
        Body("ProvisionedPollerConfig", new StructureShape(
            "ProvisionedPollerConfig", Body("MinimumPollers", LambdaShapes.MinimumNumberOfPollers),
            Body("MaximumPollers", LambdaShapes.MaximumNumberOfPollers), Body("PollerGroupName", LambdaShapes.ProvisionedPollerGroupName))),
    ];

    public static OperationModel Create { get; } = new(
    [
        Body("EventSourceArn", LambdaShapes.Arn),
        RequiredBody("FunctionName", LambdaShapes.NamespacedFunctionName),
        .. s_settings,
        Body("StartingPosition", LambdaShapes.EventSourcePosition),
        Body("StartingPositionTimestamp", LambdaShapes.Timestamp),
        Body("Tags", LambdaShapes.Tags),
        Body("Topics", new ListShape(LambdaShapes.Topic) { Min = 1, Max = 1 }),
        Body("Queues", new ListShape(LambdaShapes.Queue) { Min = 1, Max = 1 }),
        Body("SelfManagedEventSource", new StructureShape(
            "SelfManagedEventSource",
            Body("Endpoints", new MapShape(LambdaShapes.EndPointType, new ListShape(LambdaShapes.Endpoint) { Min = 1, Max = 10 }) { Min = 1, Max = 2 }))),
    ]);

    public static OperationModel Update { get; } = new(
        [Path("UUID", LambdaShapes.Text), Body("FunctionName", LambdaShapes.NamespacedFunctionName), .. s_settings]);

    public static OperationModel ByUuid { get; } = new(Path("UUID", LambdaShapes.Text));

    public static OperationModel List { get; } = new(
        Query("EventSourceArn", LambdaShapes.Arn),
        Query("FunctionName", LambdaShapes.NamespacedFunctionName),
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxListItems));
}
