using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.Streams;

// The structures of answers, spelled as AWS spells them. Times are seconds since 1970.

sealed record HashKeyRange(string StartingHashKey, string EndingHashKey);

sealed record SequenceNumberRange(string StartingSequenceNumber, string? EndingSequenceNumber);

sealed record ShardOutput(
    string ShardId, string? ParentShardId, string? AdjacentParentShardId, HashKeyRange HashKeyRange, SequenceNumberRange SequenceNumberRange);

sealed record ChildShard(string ShardId, IReadOnlyList<string> ParentShards, HashKeyRange HashKeyRange);

sealed record EnhancedMetrics(IReadOnlyList<string> ShardLevelMetrics);

sealed record StreamDescription(
    string StreamName, [property: JsonPropertyName("StreamARN")] string StreamArn, string StreamStatus, StreamModeDetails StreamModeDetails,
    IReadOnlyList<ShardOutput> Shards, bool HasMoreShards, int RetentionPeriodHours, double StreamCreationTimestamp,
    IReadOnlyList<EnhancedMetrics> EnhancedMonitoring, string EncryptionType, string? KeyId);

sealed record WarmThroughput(int TargetMiBps, int CurrentMiBps);

sealed record StreamDescriptionSummary(
    string StreamName, [property: JsonPropertyName("StreamARN")] string StreamArn, string StreamStatus, StreamModeDetails StreamModeDetails,
    int RetentionPeriodHours, double StreamCreationTimestamp, IReadOnlyList<EnhancedMetrics> EnhancedMonitoring, string EncryptionType,
    string? KeyId, int OpenShardCount, int ConsumerCount, WarmThroughput? WarmThroughput, int MaxRecordSizeInKiB);

sealed record DescribeStreamOutput(StreamDescription StreamDescription);

sealed record DescribeStreamSummaryOutput(StreamDescriptionSummary StreamDescriptionSummary);

sealed record StreamSummary(
    string StreamName, [property: JsonPropertyName("StreamARN")] string StreamArn, string StreamStatus, StreamModeDetails StreamModeDetails,
    double StreamCreationTimestamp);

sealed record ListStreamsOutput(IReadOnlyList<string> StreamNames, bool HasMoreStreams, string? NextToken, IReadOnlyList<StreamSummary> StreamSummaries);

sealed record ListShardsOutput(IReadOnlyList<ShardOutput> Shards, string? NextToken);

sealed record PutRecordOutput(string ShardId, string SequenceNumber, string EncryptionType);

sealed record PutRecordsResult(string? SequenceNumber, string? ShardId, string? ErrorCode, string? ErrorMessage);

sealed record PutRecordsOutput(int FailedRecordCount, IReadOnlyList<PutRecordsResult> Records, string EncryptionType);

sealed record ShardIteratorOutput(string ShardIterator);

sealed record RecordOutput(string SequenceNumber, double ApproximateArrivalTimestamp, byte[] Data, string PartitionKey, string? EncryptionType);

sealed record GetRecordsOutput(
    IReadOnlyList<RecordOutput> Records, string? NextShardIterator, long MillisBehindLatest, IReadOnlyList<ChildShard>? ChildShards);

sealed record ShardEvent(
    IReadOnlyList<RecordOutput> Records, string ContinuationSequenceNumber, long MillisBehindLatest, IReadOnlyList<ChildShard>? ChildShards);

sealed record UpdateShardCountOutput(
    string StreamName, int CurrentShardCount, int TargetShardCount, [property: JsonPropertyName("StreamARN")] string StreamArn);

sealed record ConsumerOutput(
    string ConsumerName, [property: JsonPropertyName("ConsumerARN")] string ConsumerArn, string ConsumerStatus, double ConsumerCreationTimestamp,
    [property: JsonPropertyName("StreamARN")] string? StreamArn);

sealed record RegisterConsumerOutput(ConsumerOutput Consumer);

sealed record DescribeConsumerOutput(ConsumerOutput ConsumerDescription);

sealed record ListConsumersOutput(IReadOnlyList<ConsumerOutput> Consumers, string? NextToken);

sealed record TagOutput(string Key, string Value);

sealed record StreamTagsOutput(IReadOnlyList<TagOutput> Tags, bool HasMoreTags);

sealed record ResourceTagsOutput(IReadOnlyList<TagOutput> Tags);

sealed record MonitoringOutput(
    string StreamName, IReadOnlyList<string> CurrentShardLevelMetrics, IReadOnlyList<string> DesiredShardLevelMetrics,
    [property: JsonPropertyName("StreamARN")] string StreamArn);

sealed record PolicyOutput(string Policy);

sealed record LimitsOutput(int ShardLimit, int OpenShardCount, int OnDemandStreamCount, int OnDemandStreamCountLimit);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(DataStream))]
[JsonSerializable(typeof(StreamRequest))]
[JsonSerializable(typeof(DescribeStreamOutput))]
[JsonSerializable(typeof(DescribeStreamSummaryOutput))]
[JsonSerializable(typeof(ListStreamsOutput))]
[JsonSerializable(typeof(ListShardsOutput))]
[JsonSerializable(typeof(PutRecordOutput))]
[JsonSerializable(typeof(PutRecordsOutput))]
[JsonSerializable(typeof(ShardIteratorOutput))]
[JsonSerializable(typeof(GetRecordsOutput))]
[JsonSerializable(typeof(ShardEvent))]
[JsonSerializable(typeof(UpdateShardCountOutput))]
[JsonSerializable(typeof(RegisterConsumerOutput))]
[JsonSerializable(typeof(DescribeConsumerOutput))]
[JsonSerializable(typeof(ListConsumersOutput))]
[JsonSerializable(typeof(StreamTagsOutput))]
[JsonSerializable(typeof(ResourceTagsOutput))]
[JsonSerializable(typeof(MonitoringOutput))]
[JsonSerializable(typeof(PolicyOutput))]
[JsonSerializable(typeof(LimitsOutput))]
sealed partial class StreamsJson : JsonSerializerContext
{
    /// <summary>As AWS writes it: letters outside of ASCII stand for themselves.</summary>
    public static StreamsJson Wire { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
