using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.Logs;

sealed record LogGroupOutput(
    string LogGroupName, long CreationTime, int? RetentionInDays, int MetricFilterCount, string Arn, long StoredBytes, string? KmsKeyId,
    string LogGroupClass, string LogGroupArn);

sealed record LogGroupsOutput(IReadOnlyList<LogGroupOutput> LogGroups, string? NextToken);

sealed record LogStreamOutput(
    string LogStreamName, long CreationTime, long? FirstEventTimestamp, long? LastEventTimestamp, long? LastIngestionTime,
    string? UploadSequenceToken, string Arn, long StoredBytes);

sealed record LogStreamsOutput(IReadOnlyList<LogStreamOutput> LogStreams, string? NextToken);

sealed record RejectedLogEvents(int? TooNewLogEventStartIndex, int? TooOldLogEventEndIndex, int? ExpiredLogEventEndIndex);

sealed record PutLogEventsOutput(string NextSequenceToken, RejectedLogEvents? RejectedLogEventsInfo);

sealed record TagsOutput(IReadOnlyDictionary<string, string> Tags);

sealed record SubscriptionFilterOutput(
    string FilterName, string LogGroupName, string FilterPattern, string DestinationArn, string? RoleArn, string Distribution,
    bool ApplyOnTransformedLogs, long CreationTime);

sealed record SubscriptionFiltersOutput(IReadOnlyList<SubscriptionFilterOutput> SubscriptionFilters, string? NextToken);

sealed record ResourcePolicyShown(string PolicyName, string PolicyDocument, long LastUpdatedTime)
{
    public static ResourcePolicyShown Of(LogResourcePolicy policy) => new(policy.Name, policy.Document, policy.UpdatedMilliseconds);
}

sealed record ResourcePolicyOutput(ResourcePolicyShown ResourcePolicy);

sealed record ResourcePoliciesOutput(IReadOnlyList<ResourcePolicyShown> ResourcePolicies, string? NextToken);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LogGroupsOutput))]
[JsonSerializable(typeof(LogStreamsOutput))]
[JsonSerializable(typeof(PutLogEventsOutput))]
[JsonSerializable(typeof(TagsOutput))]
[JsonSerializable(typeof(SubscriptionFiltersOutput))]
[JsonSerializable(typeof(ResourcePolicyOutput))]
[JsonSerializable(typeof(ResourcePoliciesOutput))]
sealed partial class LogsJson : JsonSerializerContext
{
    static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A page of events, written from the bytes of the messages without making strings of them.</summary>
    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>A message as a JSON string: what is no UTF-8 becomes U+FFFD, control characters are kept.</summary>
    public static void WriteMessage(Utf8JsonWriter writer, ReadOnlySpan<byte> message)
    {
        if (System.Text.Unicode.Utf8.IsValid(message))
            writer.WriteString("message"u8, message);
        else
            writer.WriteString("message"u8, Encoding.UTF8.GetString(message));
    }
}
