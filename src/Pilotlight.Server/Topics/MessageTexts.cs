using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pilotlight.Topics;

/// <summary>The forms in which a message reaches endpoints, signed as AWS signs.</summary>
sealed class MessageTexts(MessageSigner signer)
{
    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON that queues and http(s) endpoints get, laid out as AWS lays it out.</summary>
    public string Envelope(TopicMessage message, Subscription subscription)
    {
        var text = message.TextFor(subscription.Protocol);
        var members = new List<(string Name, string Value)> { ("Type", message.Type), ("MessageId", message.MessageId) };
        if (message.SequenceNumber is { } sequence)
            members.Add(("SequenceNumber", sequence));
        if (message.Token is { } token)
            members.Add(("Token", token));
        members.Add(("TopicArn", message.TopicArn));
        if (message.Subject is { } subject)
            members.Add(("Subject", subject));
        members.Add(("Message", text));
        if (message.Token is not null)
            members.Add(("SubscribeURL", SubscribeUrl(message, subscription)));
        members.Add(("Timestamp", message.Timestamp));
        // AWS signs nothing of a FIFO topic.
        if (message.SequenceNumber is null)
        {
            members.Add(("SignatureVersion", message.SignatureVersion));
            members.Add(("Signature", signer.Sign(StringToSign(message, subscription), message.SignatureVersion)));
            members.Add(("SigningCertURL", signer.CertificateUrl(subscription.Address)));
        }

        if (message.Type == TopicMessage.Notification)
            members.Add(("UnsubscribeURL", UnsubscribeUrl(subscription)));
        var json = new StringBuilder("{\n");
        foreach (var (name, value) in members)
            json.Append("  \"").Append(name).Append("\" : ").Append(Quoted(value)).Append(",\n");
        json.Length -= 2;
        if (message.Attributes.Count > 0)
        {
            json.Append(",\n  \"MessageAttributes\" : {\n");
            foreach (var (name, attribute) in message.Attributes)
                json.Append("    ").Append(Quoted(name)).Append(" : {\"Type\":").Append(Quoted(attribute.DataType)).Append(",\"Value\":").Append(Quoted(attribute.Value)).Append("},\n");
            json.Length -= 2;
            json.Append("\n  }");
        }

        return json.Append("\n}").ToString();
    }

    /// <summary>What functions get (spec/events.md 2.2).</summary>
    public byte[] Event(TopicMessage message, Subscription subscription)
    {
        // Recorded from AWS: whatever the topic says, functions get version 1.
        var signed = message with { SignatureVersion = "1" };
        var buffer = new ArrayBufferWriter<byte>(1024 + message.Message.Length);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteStartArray("Records");
            json.WriteStartObject();
            json.WriteString("EventSource", "aws:sns");
            json.WriteString("EventVersion", "1.0");
            json.WriteString("EventSubscriptionArn", subscription.Arn);
            json.WriteStartObject("Sns");
            json.WriteString("Type", message.Type);
            json.WriteString("MessageId", message.MessageId);
            json.WriteString("TopicArn", message.TopicArn);
            json.WriteString("Subject", message.Subject);
            json.WriteString("Message", message.TextFor(subscription.Protocol));
            json.WriteString("Timestamp", message.Timestamp);
            json.WriteString("SignatureVersion", signed.SignatureVersion);
            json.WriteString("Signature", signer.Sign(StringToSign(signed, subscription), signed.SignatureVersion));
            json.WriteString("SigningCertUrl", signer.CertificateUrl(subscription.Address));
            json.WriteString("UnsubscribeUrl", UnsubscribeUrl(subscription));
            json.WriteStartObject("MessageAttributes");
            foreach (var (name, attribute) in message.Attributes)
            {
                json.WriteStartObject(name);
                json.WriteString("Type", attribute.DataType);
                json.WriteString("Value", attribute.Value);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html</summary>
    static string StringToSign(TopicMessage message, Subscription subscription)
    {
        var text = new StringBuilder();
        Add("Message", message.TextFor(subscription.Protocol));
        Add("MessageId", message.MessageId);
        if (message.Token is { } token)
        {
            Add("SubscribeURL", SubscribeUrl(message, subscription));
            Add("Timestamp", message.Timestamp);
            Add("Token", token);
        }
        else
        {
            if (message.Subject is { } subject)
                Add("Subject", subject);
            Add("Timestamp", message.Timestamp);
        }

        Add("TopicArn", message.TopicArn);
        Add("Type", message.Type);
        return text.ToString();

        void Add(string name, string value) => text.Append(name).Append('\n').Append(value).Append('\n');
    }

    static string SubscribeUrl(TopicMessage message, Subscription subscription) =>
        $"{subscription.Address}/?Action=ConfirmSubscription&TopicArn={message.TopicArn}&Token={message.Token}";

    static string UnsubscribeUrl(Subscription subscription) => $"{subscription.Address}/?Action=Unsubscribe&SubscriptionArn={subscription.Arn}";

    static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
