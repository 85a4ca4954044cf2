using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;

namespace Pilotlight.EventSources;

/// <summary>The record of a batch that was given up (spec/events.md 1.4).</summary>
/// <param name="Condition">AWS's word for why.</param>
/// <param name="Result">Null when the batch was too large to be run.</param>
sealed record KafkaFailure(string Condition, int Attempts, long PayloadBytes, BatchResult? Result)
{
    public static void WriteEvent(
        Utf8JsonWriter json, MappingRun run, string servers, string partition, IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> records)
    {
        json.WriteStartObject();
        json.WriteString("eventSource"u8, run.Kind == EventSourceKind.ManagedKafka ? "aws:kafka"u8 : "SelfManagedKafka"u8);
        if (run.SourceArn is { } arn)
            json.WriteString("eventSourceArn"u8, arn);
        json.WriteString("bootstrapServers"u8, servers);
        json.WriteStartObject("records"u8);
        json.WriteStartArray(partition);
        foreach (var record in records)
            KafkaRecord.Write(json, record);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <param name="withPayload">Buckets get the event as well, as text.</param>
    public void Write(
        Utf8JsonWriter json, MappingRun run, string servers, string partition, IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> records, bool withPayload)
    {
        json.WriteStartObject();
        json.WriteStartObject("requestContext"u8);
        json.WriteString("requestId"u8, Result?.RequestId ?? Guid.NewGuid().ToString());
        json.WriteString("functionArn"u8, run.Mapping.FunctionArn);
        json.WriteString("condition"u8, Condition);
        json.WriteNumber("approximateInvokeCount"u8, Attempts);
        json.WriteEndObject();
        WriteResponse(json);
        json.WriteString("version"u8, "1.0"u8);
        json.WriteString("timestamp"u8, TextOf(run.Time.GetUtcNow()));
        json.WriteStartObject("KafkaBatchInfo"u8);
        json.WriteNumber("batchSize"u8, records.Count);
        if (run.SourceArn is { } arn)
            json.WriteString("eventSourceArn"u8, arn);
        json.WriteString("bootstrapServers"u8, servers);
        json.WriteNumber("payloadSize"u8, PayloadBytes);
        json.WriteStartObject("recordsInfo"u8);
        json.WriteStartObject(partition);
        json.WriteString("firstRecordOffset"u8, records[0].Offset.Value.ToString(CultureInfo.InvariantCulture));
        json.WriteString("lastRecordOffset"u8, records[^1].Offset.Value.ToString(CultureInfo.InvariantCulture));
        json.WriteString("firstRecordTimestamp"u8, TextOf(TimeOf(records[0])));
        json.WriteString("lastRecordTimestamp"u8, TextOf(TimeOf(records[^1])));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        if (withPayload)
        {
            using var payload = new BatchPayload();
            WriteEvent(payload.Json, run, servers, partition, records);
            json.WriteString("payload"u8, payload.Written.Span);
        }

        json.WriteEndObject();
    }

    void WriteResponse(Utf8JsonWriter json)
    {
        if (Result is null)
        {
            json.WriteNull("responseContext"u8);
            return;
        }

        json.WriteStartObject("responseContext"u8);
        json.WriteNumber("statusCode"u8, 200);
        json.WriteString("executedVersion"u8, Result.ExecutedVersion);
        json.WriteString("functionError"u8, Result.FunctionError);
        json.WriteEndObject();
    }

    public static string ObjectKey(MappingRun run, string partition)
    {
        var now = run.Time.GetUtcNow();
        return string.Create(CultureInfo.InvariantCulture,
            $"aws/lambda/{run.Mapping.Id}/{partition}/{now:yyyy/MM/dd}/{now:yyyy-MM-ddTHH.mm.ss}-{Guid.NewGuid()}");
    }

    static DateTimeOffset TimeOf(ConsumeResult<byte[]?, byte[]?> record) => DateTimeOffset.FromUnixTimeMilliseconds(record.Message.Timestamp.UnixTimestampMs);

    static string TextOf(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
