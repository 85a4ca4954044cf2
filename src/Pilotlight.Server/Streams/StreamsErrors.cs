using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>Refusals as Kinesis words them.</summary>
static class StreamsErrors
{
    public static AwsError NoStream(StreamKey key) => NotFound($"Stream {key.Name} under account {key.AccountId} not found.");

    public static AwsError StreamExists(StreamKey key) => InUse($"Stream {key.Name} under account {key.AccountId} already exists.");

    public static AwsError NotActive(DataStream stream) =>
        InUse($"Stream {stream.Name} under account {stream.AccountId} not ACTIVE, instead in state {stream.Status}");

    /// <summary>What a caller names by something else than a shard's id.</summary>
    public static AwsError CouldNotFindShard(string shardId, StreamKey key) =>
        NotFound($"Could not find shard {shardId} in stream {key.Name} under account {key.AccountId}.");

    public static AwsError NoShard(int shard, StreamKey key) =>
        NotFound($"Shard {Shard.IdOf(shard)} in stream {key.Name} under account {key.AccountId} does not exist");

    public static AwsError NoName { get; } = InvalidArgument("Either StreamName or StreamARN should be provided.");

    public static AwsError InvalidIterator { get; } = InvalidArgument("Invalid ShardIterator.");

    public static AwsError InvalidToken { get; } = InvalidArgument("Invalid NextToken.");

    public static AwsError ExpiredIterator(DateTimeOffset made, DateTimeOffset now) => new(
        400, "ExpiredIteratorException",
        $"Iterator expired. The iterator was created at time {Text(made)} while right now it is {Text(now)} which is further in the future than the "
        + "tolerated delay of 300000 milliseconds.");

    public static AwsError RateExceeded(string shardId, StreamKey key) => new(
        400, "ProvisionedThroughputExceededException", $"Rate exceeded for shard {shardId} in stream {key.Name} under account {key.AccountId}.");

    public static AwsError InvalidHashKey(string given) => InvalidArgument(
        $"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {given}");

    public static AwsError InvalidOrdering(string given, StreamKey key) => InvalidArgument(
        $"ExclusiveMinimumSequenceNumber {given} used in PutRecord on stream {key.Name} under account {key.AccountId} is invalid.");

    public static AwsError DataTooLong(int bytes, string path, int most) => AwsError.Validation(
        $"1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim={bytes} cap={bytes}]' at '{path}' failed to satisfy constraint: "
        + $"Member must have length less than or equal to {most}");

    public static AwsError RequestTooLong { get; } = InvalidArgument("Records size exceeds 10 MB limit");

    public static AwsError ShardLimit(StreamKey key, int current, int limit, int added) => LimitExceeded(
        $"This request would exceed the shard limit for the account {key.AccountId} in {key.Region}. Current shard count for the account: {current}. "
        + $"Limit: {limit}. Number of additional shards that would have resulted from this request: {added}. Refer to the AWS Service Limits page "
        + "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.");

    public static AwsError NoConsumer(string consumer, StreamKey key) =>
        NotFound($"Consumer {consumer} of stream {key.Name} under account {key.AccountId} not found.");

    public static AwsError ConsumerExists(string consumer, StreamKey key) =>
        InUse($"Consumer {consumer} under stream {key.Name} already exists for account {key.AccountId}.");

    public static AwsError InvalidArgument(string message) => new(400, "InvalidArgumentException", message);

    public static AwsError LimitExceeded(string message) => new(400, "LimitExceededException", message);

    public static AwsError InUse(string message) => new(400, "ResourceInUseException", message);

    public static AwsError NotFound(string message) => new(400, "ResourceNotFoundException", message);

    static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("ddd MMM dd HH:mm:ss 'UTC' yyyy", CultureInfo.InvariantCulture);
}
