using System.Globalization;
using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>A record of Kinesis (spec/events.md 1.3).</summary>
sealed record KinesisRecord(string SequenceNumber, string PartitionKey, byte[] Bytes, DateTimeOffset Arrived)
    : SourceRecord(SequenceNumber, PartitionKey, Arrived)
{
    const int Surroundings = 1024;

    // A partition key has 256 characters at most, each of which may need an escape of six.
    public override int EventBytes => ((Bytes.Length + 2) / 3 * 4) + (6 * PartitionKey.Length) + Surroundings;

    public override void Write(Utf8JsonWriter json, in RecordSurroundings surroundings)
    {
        json.WriteStartObject();
        json.WriteStartObject("kinesis"u8);
        WriteMetadata(json, this);
        json.WriteBase64String("data"u8, Bytes);
        WriteArrival(json, this);
        json.WriteEndObject();
        json.WriteString("eventSource"u8, "aws:kinesis"u8);
        json.WriteString("eventVersion"u8, "1.0"u8);
        json.WriteString("eventID"u8, $"{surroundings.ShardId}:{SequenceNumber}");
        json.WriteString("eventName"u8, "aws:kinesis:record"u8);
        json.WriteString("invokeIdentityArn"u8, surroundings.RoleArn);
        json.WriteString("awsRegion"u8, surroundings.Region);
        json.WriteString("eventSourceARN"u8, surroundings.StreamArn);
        json.WriteEndObject();
    }

    public override bool Passes(RecordFilter filter) => filter.Matches(
        this,
        static (json, record) =>
        {
            WriteMetadata(json, record);
            WriteArrival(json, record);
        },
        Bytes);

    static void WriteMetadata(Utf8JsonWriter json, KinesisRecord record)
    {
        json.WriteString("kinesisSchemaVersion"u8, "1.0"u8);
        json.WriteString("partitionKey"u8, record.PartitionKey);
        json.WriteString("sequenceNumber"u8, record.SequenceNumber);
    }

    static void WriteArrival(Utf8JsonWriter json, KinesisRecord record)
    {
        json.WritePropertyName("approximateArrivalTimestamp"u8);
        json.WriteRawValue(
            (record.Arrived.ToUnixTimeMilliseconds() / 1000m).ToString("0.000", CultureInfo.InvariantCulture), skipInputValidation: true);
    }
}
