using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>A message as functions get it, to the letter (spec/events.md 1.2).</summary>
static class SqsRecord
{
    static readonly JsonEncodedText s_messageId = JsonEncodedText.Encode("messageId");
    static readonly JsonEncodedText s_receiptHandle = JsonEncodedText.Encode("receiptHandle");
    static readonly JsonEncodedText s_body = JsonEncodedText.Encode("body");
    static readonly JsonEncodedText s_attributes = JsonEncodedText.Encode("attributes");
    static readonly JsonEncodedText s_messageAttributes = JsonEncodedText.Encode("messageAttributes");
    static readonly JsonEncodedText s_md5OfMessageAttributes = JsonEncodedText.Encode("md5OfMessageAttributes");
    static readonly JsonEncodedText s_md5OfBody = JsonEncodedText.Encode("md5OfBody");
    static readonly JsonEncodedText s_eventSource = JsonEncodedText.Encode("eventSource");
    static readonly JsonEncodedText s_eventSourceArn = JsonEncodedText.Encode("eventSourceARN");
    static readonly JsonEncodedText s_awsRegion = JsonEncodedText.Encode("awsRegion");
    static readonly JsonEncodedText s_sqs = JsonEncodedText.Encode("aws:sqs");

    public static void Write(Utf8JsonWriter json, QueueMessage message, string arn, string region)
    {
        json.WriteStartObject();
        json.WriteString(s_messageId, message.MessageId);
        json.WriteString(s_receiptHandle, message.ReceiptHandle);
        json.WriteString(s_body, message.Body);
        WriteRest(json, message, arn, region);
        json.WriteEndObject();
    }

    /// <summary>All but the body, for filters.</summary>
    public static void WriteMetadata(Utf8JsonWriter json, QueueMessage message, string arn, string region)
    {
        json.WriteString(s_messageId, message.MessageId);
        json.WriteString(s_receiptHandle, message.ReceiptHandle);
        WriteRest(json, message, arn, region);
    }

    static void WriteRest(Utf8JsonWriter json, QueueMessage message, string arn, string region)
    {
        json.WriteStartObject(s_attributes);
        foreach (var (name, value) in message.SystemAttributes)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartObject(s_messageAttributes);
        foreach (var attribute in message.Attributes)
            WriteAttribute(json, attribute);
        json.WriteEndObject();
        if (message.Md5OfAttributes is { } digest)
            json.WriteString(s_md5OfMessageAttributes, digest);
        json.WriteString(s_md5OfBody, message.Md5OfBody);
        json.WriteString(s_eventSource, s_sqs);
        json.WriteString(s_eventSourceArn, arn);
        json.WriteString(s_awsRegion, region);
    }

    static void WriteAttribute(Utf8JsonWriter json, QueueMessageAttribute attribute)
    {
        json.WriteStartObject(attribute.Name);
        if (attribute.Text is { } text)
            json.WriteString("stringValue"u8, text);
        else
            json.WriteBase64String("binaryValue"u8, attribute.Bytes.Span);
        json.WriteStartArray("stringListValues"u8);
        json.WriteEndArray();
        json.WriteStartArray("binaryListValues"u8);
        json.WriteEndArray();
        json.WriteString("dataType"u8, attribute.DataType);
        json.WriteEndObject();
    }
}
