using System.Collections.Frozen;
using Pilotlight.Api;

namespace Pilotlight.Audit;

/// <summary>Which operations CloudTrail counts as data events, which only read, and under which names it records them.</summary>
static class ControlPlane
{
    static readonly FrozenSet<(string Service, string Operation)> s_data = new[]
    {
        ("lambda", "Invoke"), ("lambda", "InvokeAsync"), ("lambda", "InvokeWithResponseStream"), ("lambda", "InvokeFunctionUrl"),
        ("lambda", "CheckpointDurableExecution"), ("lambda", "GetDurableExecutionState"),
        ("s3", "GetObject"), ("s3", "HeadObject"), ("s3", "PutObject"), ("s3", "CopyObject"), ("s3", "DeleteObject"), ("s3", "DeleteObjects"),
        ("s3", "ListObjects"), ("s3", "ListObjectsV2"), ("s3", "ListObjectVersions"), ("s3", "HeadBucket"), ("s3", "GetObjectAttributes"),
        ("s3", "GetObjectAcl"), ("s3", "GetObjectTagging"), ("s3", "PutObjectTagging"), ("s3", "DeleteObjectTagging"),
        ("s3", "CreateMultipartUpload"), ("s3", "UploadPart"), ("s3", "UploadPartCopy"), ("s3", "CompleteMultipartUpload"),
        ("s3", "AbortMultipartUpload"), ("s3", "ListParts"), ("s3", "ListMultipartUploads"),
        ("events", "PutEvents"),
        ("logs", "PutLogEvents"), ("logs", "GetLogEvents"), ("logs", "FilterLogEvents"),
        ("kinesis", "PutRecord"), ("kinesis", "PutRecords"), ("kinesis", "GetShardIterator"), ("kinesis", "GetRecords"), ("kinesis", "SubscribeToShard"),
        ("sqs", "SendMessage"), ("sqs", "SendMessageBatch"), ("sqs", "ReceiveMessage"), ("sqs", "DeleteMessage"), ("sqs", "DeleteMessageBatch"),
        ("sqs", "ChangeMessageVisibility"), ("sqs", "ChangeMessageVisibilityBatch"), ("sqs", "GetQueueAttributes"), ("sqs", "GetQueueUrl"),
        ("sqs", "ListQueues"), ("sqs", "ListQueueTags"), ("sqs", "ListDeadLetterSourceQueues"), ("sqs", "ListMessageMoveTasks"),
        ("sns", "Publish"), ("sns", "PublishBatch"),
    }.ToFrozenSet();

    static readonly FrozenSet<string> s_secondForm = new[]
    {
        "AddPermission", "GetFunction", "GetFunctionConfiguration", "GetPolicy", "RemovePermission", "TagResource", "UntagResource",
        "UpdateFunctionCode", "UpdateFunctionConfiguration",
    }.ToFrozenSet();

    public static bool IsData(AwsOperation operation) => s_data.Contains((operation.Service.Name, operation.Name));

    public static bool IsReadOnly(AwsOperation operation) =>
        operation.Name.StartsWith("Get", StringComparison.Ordinal) || operation.Name.StartsWith("List", StringComparison.Ordinal)
        || operation.Name.StartsWith("Describe", StringComparison.Ordinal) || operation.Name.StartsWith("Lookup", StringComparison.Ordinal)
        || operation.Name.StartsWith("Simulate", StringComparison.Ordinal)
        || operation.Name.StartsWith("AssumeRole", StringComparison.Ordinal);

    /// <summary>Lambda's calls carry the date of their path, and some a second form: <c>UpdateFunctionCode20150331v2</c>.</summary>
    public static string EventName(AwsRequest request)
    {
        var name = request.Operation.Name;
        if (request.Operation.Service.Name != "lambda" || request.Http.GetEndpoint() is not RouteEndpoint { RoutePattern.RawText: { Length: > 11 } route })
            return name;
        var date = route.AsSpan(1, 10);
        if (!date.ContainsAnyExcept("0123456789-"))
            return $"{name}{date[..4]}{date[5..7]}{date[8..]}{(s_secondForm.Contains(name) ? "v2" : "")}";
        return name;
    }

    /// <summary>What an ARN names, for lookups; null for what has no type of its own.</summary>
    public static string? ResourceType(ReadOnlySpan<char> arn) => arn switch
    {
        _ when Is(arn, "lambda", "function:") => "AWS::Lambda::Function",
        _ when Is(arn, "lambda", "layer:") => "AWS::Lambda::LayerVersion",
        _ when Is(arn, "lambda", "event-source-mapping:") => "AWS::Lambda::EventSourceMapping",
        _ when Is(arn, "lambda", "code-signing-config:") => "AWS::Lambda::CodeSigningConfig",
        _ when Is(arn, "iam", "role/") => "AWS::IAM::Role",
        _ when Is(arn, "iam", "user/") => "AWS::IAM::User",
        _ when Is(arn, "iam", "group/") => "AWS::IAM::Group",
        _ when Is(arn, "iam", "policy/") => "AWS::IAM::Policy",
        _ when Is(arn, "iam", "instance-profile/") => "AWS::IAM::InstanceProfile",
        _ when Is(arn, "kinesis", "stream/") => "AWS::Kinesis::Stream",
        _ when Is(arn, "logs", "log-group:") => "AWS::Logs::LogGroup",
        _ when Is(arn, "sqs", "") => "AWS::SQS::Queue",
        _ when Is(arn, "sns", "") => "AWS::SNS::Topic",
        _ => null,
    };

    static bool Is(ReadOnlySpan<char> arn, string service, string kind)
    {
        Span<Range> parts = stackalloc Range[6];
        return arn.Split(parts, ':') == 6 && arn[parts[0]] is "arn" && arn[parts[2]].SequenceEqual(service) && arn[parts[5]].StartsWith(kind);
    }
}
