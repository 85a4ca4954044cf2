using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>Types of the Kinesis model, and the inputs of its operations, in the order of AWS's model.</summary>
static class StreamsModel
{
    static readonly StringShape s_streamName = new() { Min = 1, Max = 128, Pattern = "[a-zA-Z0-9_.-]+" };
    static readonly StringShape s_streamArn = new() { Min = 1, Max = 2048, Pattern = @"arn:aws.*:kinesis:.*:\d{12}:stream/[^\s]+" };
    static readonly StringShape s_resourceArn = new() { Min = 1, Max = 2048, Pattern = @"arn:aws.*:kinesis:.*:\d{12}:.*stream/[^\s]+" };

    static readonly StringShape s_consumerArn = new()
    {
        Min = 1,
        Max = 2048,
        Pattern = @"^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+",
    };

    static readonly StringShape s_shardId = new() { Min = 1, Max = 128, Pattern = "[a-zA-Z0-9_.-]+" };
    static readonly StringShape s_sequenceNumber = new() { Pattern = @"0|([1-9]\d{0,128})" };
    static readonly StringShape s_hashKey = new() { Pattern = @"0|([1-9]\d{0,38})" };
    static readonly StringShape s_partitionKey = new() { Min = 1, Max = 256 };
    static readonly StringShape s_tagKey = new() { Min = 1, Max = 128 };
    static readonly StringShape s_nextToken = new() { Min = 1, Max = 1_048_576 };
    static readonly MapShape s_tags = new(s_tagKey, new StringShape { Min = 0, Max = 256 }) { Min = 1, Max = 200 };
    static readonly ListShape s_tagKeys = new(s_tagKey) { Min = 1, Max = 50 };
    static readonly StructureShape s_mode = new("StreamModeDetails", Required("StreamMode", new StringShape { Enum = ["PROVISIONED", "ON_DEMAND"] }));

    static readonly StringShape s_iteratorType = new()
    {
        Enum = ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"],
    };

    static readonly ListShape s_metrics = new(new StringShape
    {
        Enum =
        [
            "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded",
            "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds", "ALL",
        ],
    })
    { Min = 1, Max = 7 };

    static readonly StringShape s_encryption = new() { Enum = ["NONE", "KMS"] };
    static readonly ModelMember s_name = Of("StreamName", s_streamName);
    static readonly ModelMember s_arn = Of("StreamARN", s_streamArn);
    static readonly ModelMember s_resource = Required("ResourceARN", s_resourceArn);
    static readonly NumberShape s_page = new() { Min = 1, Max = 10_000 };
    static readonly NumberShape s_recordSize = new() { Min = 1024, Max = 10_240 };
    static readonly NumberShape s_throughput = new() { Min = 0 };

    public static OperationModel CreateStream { get; } = new(
        Required("StreamName", s_streamName), Of("ShardCount", new NumberShape { Min = 1 }), Of("StreamModeDetails", s_mode), Of("Tags", s_tags),
        Of("WarmThroughputMiBps", s_throughput), Of("MaxRecordSizeInKiB", s_recordSize));

    public static OperationModel Stream { get; } = new(s_name, s_arn);

    public static OperationModel DeleteStream { get; } = new(s_name, Of("EnforceConsumerDeletion", new BooleanShape()), s_arn);

    public static OperationModel DescribeStream { get; } = new(s_name, Of("Limit", s_page), Of("ExclusiveStartShardId", s_shardId), s_arn);

    public static OperationModel ListStreams { get; } = new(
        Of("Limit", s_page), Of("ExclusiveStartStreamName", s_streamName), Of("NextToken", s_nextToken));

    public static OperationModel ListShards { get; } = new(
        s_name, Of("NextToken", s_nextToken), Of("ExclusiveStartShardId", s_shardId), Of("MaxResults", s_page),
        Of("StreamCreationTimestamp", new TimestampShape()),
        Of("ShardFilter", new StructureShape(
            "ShardFilter",
            Required("Type", new StringShape
            {
                Enum = ["AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP"],
            }),
            Of("ShardId", s_shardId), Of("Timestamp", new TimestampShape()))),
        s_arn);

    public static OperationModel PutRecord { get; } = new(
        s_name, Required("Data", new BlobShape()), Required("PartitionKey", s_partitionKey), Of("ExplicitHashKey", s_hashKey),
        Of("SequenceNumberForOrdering", s_sequenceNumber), s_arn);

    public static OperationModel PutRecords { get; } = new(
        Required("Records", new ListShape(new StructureShape(
            "PutRecordsRequestEntry", Required("Data", new BlobShape()), Of("ExplicitHashKey", s_hashKey), Required("PartitionKey", s_partitionKey)))
        {
            Min = 1,
            Max = 500,
        }),
        s_name, s_arn);

    public static OperationModel GetShardIterator { get; } = new(
        s_name, Required("ShardId", s_shardId), Required("ShardIteratorType", s_iteratorType), Of("StartingSequenceNumber", s_sequenceNumber),
        Of("Timestamp", new TimestampShape()), s_arn);

    public static OperationModel GetRecords { get; } = new(
        Required("ShardIterator", new StringShape { Min = 1, Max = 512 }), Of("Limit", s_page), s_arn);

    public static OperationModel SplitShard { get; } = new(s_name, Required("ShardToSplit", s_shardId), Required("NewStartingHashKey", s_hashKey), s_arn);

    public static OperationModel MergeShards { get; } = new(
        s_name, Required("ShardToMerge", s_shardId), Required("AdjacentShardToMerge", s_shardId), s_arn);

    public static OperationModel UpdateShardCount { get; } = new(
        s_name, Required("TargetShardCount", new NumberShape { Min = 1 }), Required("ScalingType", new StringShape { Enum = ["UNIFORM_SCALING"] }), s_arn);

    public static OperationModel UpdateStreamMode { get; } = new(
        Required("StreamARN", s_streamArn), Required("StreamModeDetails", s_mode), Of("WarmThroughputMiBps", s_throughput));

    public static OperationModel UpdateMaxRecordSize { get; } = new(s_arn, Required("MaxRecordSizeInKiB", s_recordSize));

    public static OperationModel Retention { get; } = new(s_name, Required("RetentionPeriodHours", new NumberShape()), s_arn);

    public static OperationModel RegisterStreamConsumer { get; } = new(
        Required("StreamARN", s_streamArn), Required("ConsumerName", s_streamName), Of("Tags", s_tags));

    public static OperationModel Consumer { get; } = new(s_arn, Of("ConsumerName", s_streamName), Of("ConsumerARN", s_consumerArn));

    public static OperationModel ListStreamConsumers { get; } = new(
        Required("StreamARN", s_streamArn), Of("NextToken", s_nextToken), Of("MaxResults", s_page), Of("StreamCreationTimestamp", new TimestampShape()));

    public static OperationModel SubscribeToShard { get; } = new(
        Required("ConsumerARN", s_consumerArn), Required("ShardId", s_shardId),
        Required("StartingPosition", new StructureShape(
            "StartingPosition", Required("Type", s_iteratorType), Of("SequenceNumber", s_sequenceNumber), Of("Timestamp", new TimestampShape()))));

    public static OperationModel AddTagsToStream { get; } = new(s_name, Required("Tags", s_tags), s_arn);

    public static OperationModel RemoveTagsFromStream { get; } = new(s_name, Required("TagKeys", s_tagKeys), s_arn);

    public static OperationModel ListTagsForStream { get; } = new(
        s_name, Of("ExclusiveStartTagKey", s_tagKey), Of("Limit", new NumberShape { Min = 1, Max = 50 }), s_arn);

    public static OperationModel TagResource { get; } = new(Required("Tags", s_tags), s_resource);

    public static OperationModel UntagResource { get; } = new(Required("TagKeys", s_tagKeys), s_resource);

    public static OperationModel Resource { get; } = new(s_resource);

    public static OperationModel PutResourcePolicy { get; } = new(s_resource, Required("Policy", new StringShape()));

    public static OperationModel Monitoring { get; } = new(s_name, Required("ShardLevelMetrics", s_metrics), s_arn);

    public static OperationModel Encryption { get; } = new(
        s_name, Required("EncryptionType", s_encryption), Required("KeyId", new StringShape { Min = 1, Max = 2048 }), s_arn);

    public static OperationModel Nothing { get; } = new();

    static ModelMember Of(string name, Shape shape) => ModelMember.Body(name, shape);

    static ModelMember Required(string name, Shape shape) => ModelMember.RequiredBody(name, shape);
}
