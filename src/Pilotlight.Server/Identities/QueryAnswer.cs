using System.Text;
using System.Xml;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>The successful answer of a query protocol operation: <c>OpResponse</c> around <c>OpResult</c> and <c>ResponseMetadata</c>.</summary>
static class QueryAnswer
{
    static readonly XmlWriterSettings Settings = new()
    {
        Encoding = new UTF8Encoding(false),
        OmitXmlDeclaration = true,
        Indent = true,
        NewLineChars = "\n",
    };

    public static AwsResult Of(AwsRequest request, params ReadOnlySpan<(string Name, string Value)> members)
    {
        var (service, operation) = (request.Operation.Service, request.Operation.Name);
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, Settings))
        {
            xml.WriteStartElement(operation + "Response", service.XmlNamespace!);
            xml.WriteStartElement(operation + "Result");
            foreach (var (name, value) in members)
                xml.WriteElementString(name, value);
            xml.WriteEndElement();
            xml.WriteStartElement("ResponseMetadata");
            xml.WriteElementString("RequestId", request.RequestId);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        stream.WriteByte((byte)'\n');
        return AwsResult.Bytes(stream.ToArray(), "text/xml");
    }
}
