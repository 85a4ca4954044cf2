using System.Collections.Frozen;

namespace Pilotlight.EventSources;

/// <summary>What AWS knows of one kind of source: what may be set on its mappings, and what they have when it is not set.</summary>
public sealed record EventSourceKind(string Name)
{
    public int DefaultBatchSize { get; private init; } = 100;

    public int MaxBatchSize { get; private init; } = 10_000;

    /// <summary>Settings that only some kinds know; those that all know are not listed.</summary>
    FrozenSet<string> Parameters { get; init; } = [];

    /// <summary>Why a mapping is in its state; AWS words it in two ways.</summary>
    public string TransitionReason { get; private init; } = "USER_INITIATED";

    public bool IsQueue => this == Sqs || this == SqsFifo;

    /// <summary>Sharded streams: Kinesis and DynamoDB.</summary>
    public bool IsStream => this == Kinesis || this == DynamoDb;

    public bool IsKafka => this == ManagedKafka || this == SelfManagedKafka;

    public bool Knows(string parameter) => Parameters.Contains(parameter);

    public static EventSourceKind Sqs { get; } = new("SQS")
    {
        DefaultBatchSize = 10,
        Parameters = ["MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "ScalingConfig", "MetricsConfig", "ProvisionedPollerConfig"],
    };

    public static EventSourceKind SqsFifo { get; } = new("SQS-FIFO")
    {
        DefaultBatchSize = 10,
        MaxBatchSize = 10,
        Parameters = ["FunctionResponseTypes", "ScalingConfig", "MetricsConfig"],
    };

    public static EventSourceKind Kinesis { get; } = new("Kinesis")
    {
        TransitionReason = "User action",
        Parameters =
        [
            "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "MetricsConfig", "ParallelizationFactor", "DestinationConfig",
            "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "TumblingWindowInSeconds",
        ],
    };

    public static EventSourceKind DynamoDb { get; } = Kinesis with { Name = "DynamoDB" };

    public static EventSourceKind ManagedKafka { get; } = new("MSK")
    {
        Parameters =
        [
            "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "MetricsConfig", "LoggingConfig", "DestinationConfig",
            "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "Topics", "SourceAccessConfigurations",
            "AmazonManagedKafkaEventSourceConfig", "ProvisionedPollerConfig",
        ],
    };

    public static EventSourceKind SelfManagedKafka { get; } = ManagedKafka with
    {
        Name = "SelfManagedKafka",
        Parameters = [.. ManagedKafka.Parameters.Where(name => name != "AmazonManagedKafkaEventSourceConfig"), "SelfManagedKafkaEventSourceConfig"],
    };

    public static EventSourceKind Mq { get; } = new("MQ")
    {
        Parameters = ["MaximumBatchingWindowInSeconds", "Queues", "SourceAccessConfigurations"],
    };

    public static EventSourceKind DocumentDb { get; } = new("DocumentDB")
    {
        Parameters = ["MaximumBatchingWindowInSeconds", "SourceAccessConfigurations", "DocumentDBEventSourceConfig"],
    };

    static readonly EventSourceKind[] s_all = [Sqs, SqsFifo, Kinesis, DynamoDb, ManagedKafka, SelfManagedKafka, Mq, DocumentDb];

    public static EventSourceKind Named(string name) => s_all.First(kind => kind.Name == name);

    /// <summary>The kind that a source's ARN names; null when AWS polls no such thing.</summary>
    public static EventSourceKind? Of(string arn)
    {
        if (arn.Split(':', 6) is not ["arn", _, var service, _, _, { Length: > 0 } resource])
            return null;
        return service switch
        {
            "sqs" => resource.EndsWith(".fifo", StringComparison.Ordinal) ? SqsFifo : Sqs,
            "kinesis" when resource.StartsWith("stream/", StringComparison.Ordinal) => Kinesis,
            "dynamodb" when resource.StartsWith("table/", StringComparison.Ordinal) => DynamoDb,
            "kafka" => ManagedKafka,
            "mq" => Mq,
            "rds" => DocumentDb,
            _ => null,
        };
    }

    /// <summary>Names are unique, and sets of parameters are compared by nobody.</summary>
    public bool Equals(EventSourceKind? other) => other?.Name == Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
