using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>Writes the members of an answer in the protocol of its request. What is null is left out.</summary>
abstract class SqsOutput
{
    static readonly JsonWriterOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static AwsResult Answer(AwsRequest request, Action<SqsOutput> members)
    {
        if (request.Operation.Service.Protocol == AwsProtocol.Query)
            return QueryAnswer.Of(request, xml => members(new XmlOutput(xml)));
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, s_relaxed))
        {
            json.WriteStartObject();
            members(new JsonOutput(json));
            json.WriteEndObject();
        }

        return AwsResult.Bytes(buffer.WrittenMemory, "application/x-amz-json-1.0");
    }

    /// <summary>An operation without output.</summary>
    public static AwsResult Done(AwsRequest request) =>
        request.Operation.Service.Protocol == AwsProtocol.Query ? QueryAnswer.Done(request) : AwsResult.Empty(200);

    public abstract void Text(string name, string? value);

    public abstract void Number(string name, long? value);

    public abstract void Flag(string name, bool value);

    public abstract void Texts(string name, string xmlName, IEnumerable<string> values);

    public abstract void Map(string name, string xmlName, IEnumerable<KeyValuePair<string, string>> pairs, string xmlKey = "Name", string xmlValue = "Value");

    public abstract void Attributes(IEnumerable<MessageAttribute> attributes);

    public abstract void Entries<T>(string name, string xmlName, IEnumerable<T> entries, Action<SqsOutput, T> each);
}

sealed class JsonOutput(Utf8JsonWriter json) : SqsOutput
{
    public override void Text(string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    public override void Number(string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    public override void Flag(string name, bool value) => json.WriteBoolean(name, value);

    public override void Texts(string name, string xmlName, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    public override void Map(string name, string xmlName, IEnumerable<KeyValuePair<string, string>> pairs, string xmlKey, string xmlValue)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in pairs)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    public override void Attributes(IEnumerable<MessageAttribute> attributes)
    {
        json.WriteStartObject("MessageAttributes");
        foreach (var attribute in attributes)
        {
            json.WriteStartObject(attribute.Name);
            if (attribute.Text is { } text)
                json.WriteString("StringValue", text);
            else
                json.WriteBase64String("BinaryValue", attribute.Bytes.Span);
            json.WriteString("DataType", attribute.DataType);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public override void Entries<T>(string name, string xmlName, IEnumerable<T> entries, Action<SqsOutput, T> each)
    {
        json.WriteStartArray(name);
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            each(this, entry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <summary>Lists are flat: their entries stand among the other members.</summary>
sealed class XmlOutput(QueryXml xml) : SqsOutput
{
    public override void Text(string name, string? value) => xml.Text(name, value);

    public override void Number(string name, long? value) => xml.Number(name, value);

    public override void Flag(string name, bool value) => xml.Flag(name, value);

    public override void Texts(string name, string xmlName, IEnumerable<string> values)
    {
        foreach (var value in values)
            xml.Text(xmlName, value);
    }

    public override void Map(string name, string xmlName, IEnumerable<KeyValuePair<string, string>> pairs, string xmlKey, string xmlValue)
    {
        foreach (var (key, value) in pairs)
        {
            xml.Structure(xmlName, entry =>
            {
                entry.Text(xmlKey, key);
                entry.Text(xmlValue, value);
            });
        }
    }

    public override void Attributes(IEnumerable<MessageAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            xml.Structure("MessageAttribute", entry =>
            {
                entry.Text("Name", attribute.Name);
                entry.Structure("Value", value =>
                {
                    value.Text("StringValue", attribute.Text);
                    value.Text("BinaryValue", attribute.IsBinary ? Convert.ToBase64String(attribute.Bytes.Span) : null);
                    value.Text("DataType", attribute.DataType);
                });
            });
        }
    }

    public override void Entries<T>(string name, string xmlName, IEnumerable<T> entries, Action<SqsOutput, T> each)
    {
        foreach (var entry in entries)
            xml.Structure(xmlName, members => each(new XmlOutput(members), entry));
    }
}
