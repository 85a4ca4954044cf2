using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html</summary>
static class GetObjectAttributes
{
    static readonly string[] s_known = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var wanted = (request.Header("x-amz-object-attributes") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet();
        if (wanted.Count == 0)
            throw BucketErrors.InvalidRequest("The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty").AsException();
        if (wanted.Any(name => !s_known.Contains(name)))
            throw BucketErrors.InvalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", null).AsException();
        var stored = GetObject.Find(request, services, bucket);
        ObjectHeaders.WriteVersion(request, bucket, stored.Version);
        request.Http.Response.Headers.LastModified = stored.Modified.ToString("R", CultureInfo.InvariantCulture);
        return BucketXml.Answer(request, "GetObjectAttributesResponse", (xml, _) =>
        {
            if (wanted.Contains("ETag"))
                xml.Text("ETag", stored.ETag);
            if (wanted.Contains("Checksum") && stored.Head.Checksum is { } checksum)
            {
                xml.Structure("Checksum", item =>
                {
                    item.Text(checksum.Element, checksum.Type == ObjectChecksum.Composite ? checksum.Value[..checksum.Value.LastIndexOf('-')] : checksum.Value);
                    item.Text("ChecksumType", checksum.Type);
                });
            }

            if (wanted.Contains("ObjectParts") && stored.Head.Parts is { } parts)
                WriteParts(request, xml, stored, parts);
            if (wanted.Contains("StorageClass"))
                xml.Text("StorageClass", stored.Head.StorageClass);
            if (wanted.Contains("ObjectSize"))
                xml.Number("ObjectSize", stored.Size);
        });
    }

    static void WriteParts(AwsRequest request, QueryXml xml, StoredObject stored, IReadOnlyList<ObjectPart> parts)
    {
        var limit = Number(request, "x-amz-max-parts", ListXml.MaxKeys);
        var marker = Number(request, "x-amz-part-number-marker", 0);
        var rest = parts.Where(part => part.Number > marker).ToList();
        var page = rest.Take(limit).ToList();
        xml.Structure("ObjectParts", list =>
        {
            list.Number("PartsCount", parts.Count);
            // Without checksums of their own AWS tells of no part but how many there are.
            if (parts[0].Checksum is null || stored.Head.Checksum is not { } checksum)
                return;
            list.Number("PartNumberMarker", marker);
            if (page.Count > 0)
                list.Number("NextPartNumberMarker", page[^1].Number);
            list.Number("MaxParts", limit);
            list.Flag("IsTruncated", rest.Count > page.Count);
            foreach (var part in page)
            {
                list.Structure("Part", item =>
                {
                    item.Text(checksum.Element, part.Checksum);
                    item.Number("PartNumber", part.Number);
                    item.Number("Size", part.Size);
                });
            }
        });
    }

    static int Number(AwsRequest request, string header, int otherwise) => request.GivenHeader(header) switch
    {
        null => otherwise,
        var text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Min(number, header == "x-amz-max-parts" ? ListXml.MaxKeys : int.MaxValue)
            : throw BucketErrors.InvalidArgument($"Provided {header} not an integer or within integer range", header, text).AsException(),
    };
}
