using System.Globalization;
using System.Text;
using System.Xml;

namespace Pilotlight.Api;

/// <summary>The successful answer of a query protocol operation: <c>OpResponse</c> around <c>OpResult</c> and <c>ResponseMetadata</c>.</summary>
public static class QueryAnswer
{
    // What a caller stored may hold characters that XML 1.0 does not know; they go out as references, as AWS writes them.
    static readonly XmlWriterSettings Settings = new()
    {
        Encoding = new UTF8Encoding(false),
        OmitXmlDeclaration = true,
        CheckCharacters = false,
        Indent = true,
        NewLineChars = "\n",
        NewLineHandling = NewLineHandling.Entitize,
    };

    public static AwsResult Of(AwsRequest request, params (string Name, string? Value)[] members) => Of(request, xml =>
    {
        foreach (var (name, value) in members)
            xml.Text(name, value);
    });

    /// <summary>An operation with a result.</summary>
    public static AwsResult Of(AwsRequest request, Action<QueryXml> members) => Write(request, xml =>
    {
        xml.WriteStartElement(request.Operation.Name + "Result");
        members(new QueryXml(xml));
        xml.WriteEndElement();
    });

    /// <summary>An operation without one.</summary>
    public static AwsResult Done(AwsRequest request) => Write(request, static _ => { });

    static AwsResult Write(AwsRequest request, Action<XmlWriter> result)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, Settings))
        {
            xml.WriteStartElement(request.Operation.Name + "Response", request.Operation.Service.XmlNamespace!);
            result(xml);
            xml.WriteStartElement("ResponseMetadata");
            xml.WriteElementString("RequestId", request.RequestId);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        stream.WriteByte((byte)'\n');
        return AwsResult.Bytes(stream.ToArray(), "text/xml");
    }
}

/// <summary>Writes the members of a result. What is null is left out.</summary>
public readonly struct QueryXml(XmlWriter xml)
{
    public void Text(string name, string? value)
    {
        if (value is not null)
            xml.WriteElementString(name, value);
    }

    public void Number(string name, long? value) => Text(name, value?.ToString(CultureInfo.InvariantCulture));

    public void Flag(string name, bool? value) => Text(name, value is { } flag ? flag ? "true" : "false" : null);

    public void Date(string name, DateTimeOffset? value) => Text(name, value?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>A policy document: URL-encoded, as IAM hands them out.</summary>
    public void Document(string name, string? document) => Text(name, document is null ? null : Uri.EscapeDataString(document));

    public void Structure(string name, Action<QueryXml> members)
    {
        xml.WriteStartElement(name);
        members(this);
        xml.WriteEndElement();
    }

    public void List<T>(string name, IEnumerable<T> items, Action<QueryXml, T> each)
    {
        xml.WriteStartElement(name);
        foreach (var item in items)
        {
            xml.WriteStartElement("member");
            each(this, item);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    public void Texts(string name, IEnumerable<string> items)
    {
        xml.WriteStartElement(name);
        foreach (var item in items)
            xml.WriteElementString("member", item);
        xml.WriteEndElement();
    }
}
