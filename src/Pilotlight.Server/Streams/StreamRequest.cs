using System.Text.Json;

namespace Pilotlight.Streams;

// The structures of requests, spelled as AWS spells them.

sealed record StreamModeDetails(string? StreamMode);

sealed record ShardFilter(string? Type, string? ShardId, JsonElement? Timestamp);

sealed record SubscriptionStart(string? Type, string? SequenceNumber, JsonElement? Timestamp);

sealed record PutEntry(byte[]? Data, string? ExplicitHashKey, string? PartitionKey);

/// <summary>The members of every operation's request; each reads its own.</summary>
sealed record StreamRequest
{
    public string? StreamName { get; init; }
    public string? StreamARN { get; init; }
    public string? ResourceARN { get; init; }
    public int? ShardCount { get; init; }
    public int? TargetShardCount { get; init; }
    public StreamModeDetails? StreamModeDetails { get; init; }
    public int? WarmThroughputMiBps { get; init; }
    public int? MaxRecordSizeInKiB { get; init; }
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
    public IReadOnlyList<string>? TagKeys { get; init; }
    public bool? EnforceConsumerDeletion { get; init; }
    public int? Limit { get; init; }
    public int? MaxResults { get; init; }
    public string? NextToken { get; init; }
    public string? ExclusiveStartShardId { get; init; }
    public string? ExclusiveStartStreamName { get; init; }
    public string? ExclusiveStartTagKey { get; init; }
    public JsonElement? StreamCreationTimestamp { get; init; }
    public ShardFilter? ShardFilter { get; init; }
    public string? ConsumerName { get; init; }
    public string? ConsumerARN { get; init; }
    public string? PartitionKey { get; init; }
    public string? ExplicitHashKey { get; init; }
    public string? SequenceNumberForOrdering { get; init; }
    public byte[]? Data { get; init; }
    public IReadOnlyList<PutEntry>? Records { get; init; }
    public string? ShardIterator { get; init; }
    public string? ShardId { get; init; }
    public string? ShardIteratorType { get; init; }
    public string? StartingSequenceNumber { get; init; }
    public JsonElement? Timestamp { get; init; }
    public SubscriptionStart? StartingPosition { get; init; }
    public string? ShardToSplit { get; init; }
    public string? NewStartingHashKey { get; init; }
    public string? ShardToMerge { get; init; }
    public string? AdjacentShardToMerge { get; init; }
    public int? RetentionPeriodHours { get; init; }
    public IReadOnlyList<string>? ShardLevelMetrics { get; init; }
    public string? EncryptionType { get; init; }
    public string? KeyId { get; init; }
    public string? Policy { get; init; }
}
