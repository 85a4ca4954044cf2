using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.EventSources;

/// <summary>Streams of Kinesis and of DynamoDB.</summary>
/// <param name="streams">Null when it is not known where they are.</param>
sealed class StreamSource(
    EventSourceKind kind, IShardedStreams? streams, StreamCheckpoints checkpoints, ServiceRoles roles, ILogger<StreamPoller> log, TimeProvider time)
    : IEventSource
{
    public IReadOnlyList<string> Actions { get; } = kind == EventSourceKind.Kinesis
        ? ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"]
        : ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"];

    public bool Serves(EventSourceKind other) => other == kind;

    public string ResourceOf(string sourceArn) => StreamArnOf(sourceArn);

    public AwsError RoleRefused(string action) => AwsError.InvalidParameter(
        $"Cannot access stream. Please ensure the role can perform the {Rights} Actions on your stream in IAM.");

    public async ValueTask<AwsError?> RefuseAsync(SourceUse use, CancellationToken cancellation)
    {
        var arn = use.Source.EventSourceArn!;
        var worn = new WornRole(use.Function.Role, "lambda.amazonaws.com", use.Function.FunctionArn);
        if (Actions.Any(action => roles.Refusal(worn, action, StreamArnOf(arn), time.GetUtcNow()) is not null))
            return AwsError.InvalidParameter($"Cannot access stream {arn}. Please ensure the role can perform the {Rights} Actions on your stream in IAM.");
        if (streams is null)
            return null;
        try
        {
            return await streams.OpenAsync(arn, cancellation) is null ? AwsError.InvalidParameter($"Stream not found: {arn}") : null;
        }
        catch (SourceUnavailableException unavailable)
        {
            return AwsError.InvalidParameter($"Received Exception while reading from provided stream. {unavailable.Message}");
        }
    }

    public IPoller Open(MappingRun run) => new StreamPoller(
        run,
        streams ?? throw new SourceUnavailableException(
            "There is no DynamoDB here: Sources:DynamoDb:Endpoint must name one whose streams can be read"),
        checkpoints, log);

    string Rights => kind == EventSourceKind.Kinesis
        ? "GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams"
        : "GetRecords, GetShardIterator, DescribeStream, and ListStreams";

    /// <summary>A consumer is read through its stream.</summary>
    static string StreamArnOf(string arn) => arn.IndexOf("/consumer/", StringComparison.Ordinal) is >= 0 and var end ? arn[..end] : arn;
}
