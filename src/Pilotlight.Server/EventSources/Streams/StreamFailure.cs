using System.Globalization;
using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>A batch that was given up, as its on-failure destination is told (spec/events.md 1.3).</summary>
/// <param name="Result">Null when the batch was given up because of its age: then nothing is said of a response.</param>
/// <param name="FunctionError">Null when the function only said which records failed.</param>
sealed record StreamFailure(
    IReadOnlyList<PendingRecord> Records, int InvokeCount, BatchResult? Result, string? FunctionError)
{
    public string Condition => Result is null ? "RecordAgeExceeded" : "RetryAttemptsExhausted";

    /// <summary>The record; with its payload for buckets, which have room for it.</summary>
    public void Write(BatchPayload payload, MappingRun run, in RecordSurroundings surroundings, string requestId, bool withPayload)
    {
        var json = payload.Json;
        var first = Records[0].Record;
        var last = Records[^1].Record;
        json.WriteStartObject();
        json.WriteStartObject("requestContext"u8);
        json.WriteString("requestId"u8, requestId);
        json.WriteString("functionArn"u8, run.Mapping.FunctionArn);
        json.WriteString("condition"u8, Condition);
        json.WriteNumber("approximateInvokeCount"u8, InvokeCount);
        json.WriteEndObject();
        if (Result is not null)
        {
            json.WriteStartObject("responseContext"u8);
            json.WriteNumber("statusCode"u8, 200);
            json.WriteString("executedVersion"u8, Result.ExecutedVersion);
            json.WriteString("functionError"u8, FunctionError);
            json.WriteEndObject();
        }

        json.WriteString("version"u8, "1.0"u8);
        json.WriteString("timestamp"u8, Milliseconds(run.Time.GetUtcNow()));
        var isKinesis = run.Kind == EventSourceKind.Kinesis;
        json.WriteStartObject(isKinesis ? "KinesisBatchInfo"u8 : "DDBStreamBatchInfo"u8);
        json.WriteString("shardId"u8, surroundings.ShardId);
        json.WriteString("startSequenceNumber"u8, first.SequenceNumber);
        json.WriteString("endSequenceNumber"u8, last.SequenceNumber);
        json.WriteString("approximateArrivalOfFirstRecord"u8, isKinesis ? Milliseconds(first.Arrived) : Seconds(first.Arrived));
        json.WriteString("approximateArrivalOfLastRecord"u8, isKinesis ? Milliseconds(last.Arrived) : Seconds(last.Arrived));
        json.WriteNumber("batchSize"u8, Records.Count);
        json.WriteString("streamArn"u8, surroundings.StreamArn);
        json.WriteEndObject();
        if (withPayload)
        {
            json.WriteStartObject("payload"u8);
            StreamBatch.WriteRecords(json, Records, surroundings);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Where it lies in a bucket.</summary>
    public static string ObjectKey(string mappingId, string shardId, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture, $"aws/lambda/{mappingId}/{shardId}/{now.UtcDateTime:yyyy'/'MM'/'dd'/'yyyy'-'MM'-'dd'T'HH'.'mm'.'ss}-{Guid.NewGuid()}");

    static string Milliseconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    static string Seconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
