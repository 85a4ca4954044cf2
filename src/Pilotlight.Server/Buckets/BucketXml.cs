using System.Text;
using System.Xml;
using System.Xml.Linq;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>Reads and writes S3's XML. Documents from outside have no DTD and a bounded size, and are read whatever their namespace.</summary>
static class BucketXml
{
    static readonly XmlWriterSettings s_writing = new()
    {
        Encoding = new UTF8Encoding(false),
        CheckCharacters = false,
        NewLineHandling = NewLineHandling.Entitize,
    };

    static readonly XmlReaderSettings s_reading = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = 8 * 1024 * 1024,
        CheckCharacters = false,
    };

    public static AwsResult Answer(AwsRequest request, string root, Action<QueryXml, XmlWriter> members, int status = 200) =>
        AwsResult.Bytes(Write(request.Operation.Service, root, members), "application/xml", status);

    public static byte[] Write(AwsService service, string root, Action<QueryXml, XmlWriter> members)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, s_writing))
        {
            xml.WriteStartElement(root, service.XmlNamespace!);
            members(new QueryXml(xml), xml);
            xml.WriteEndElement();
        }

        return stream.ToArray();
    }

    /// <summary>The body, whose root must be this.</summary>
    /// <exception cref="AwsException">MalformedXML, or there is none.</exception>
    public static XElement Read(AwsRequest request, string root)
    {
        if (request.Body.IsEmpty)
            throw BucketErrors.MissingBody.AsException();
        var element = Parse(request.Body);
        return element.Name.LocalName == root ? element : throw BucketErrors.MalformedXml.AsException();
    }

    public static XElement Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var stream = new MemoryStream(body.ToArray(), writable: false);
            using var reader = XmlReader.Create(stream, s_reading);
            var depth = 0;
            // Loading recurses: what is deeper than any of S3's documents is refused first.
            while (reader.Read())
                depth = Math.Max(depth, reader.Depth);
            if (depth > 32)
                throw BucketErrors.MalformedXml.AsException();
            stream.Position = 0;
            using var again = XmlReader.Create(stream, s_reading);
            return XElement.Load(again);
        }
        catch (Exception malformed) when (malformed is XmlException or InvalidOperationException or ArgumentException or DecoderFallbackException)
        {
            throw BucketErrors.MalformedXml.AsException();
        }
    }

    extension(XElement element)
    {
        public XElement? Child(string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name);

        public IEnumerable<XElement> Children(string name) => element.Elements().Where(child => child.Name.LocalName == name);

        public string? Text(string name) => element.Child(name)?.Value;

        /// <summary>A member that must be there.</summary>
        public string Required(string name) => element.Text(name) ?? throw BucketErrors.MalformedXml.AsException();
    }
}
