using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html</summary>
static class ListObjectVersions
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var list = new ListXml(request);
        var keyMarker = request.Query("key-marker") ?? "";
        var versionMarker = request.Query("version-id-marker") is { Length: > 0 } version ? version : null;
        if (versionMarker is not null && keyMarker.Length == 0)
            throw BucketErrors.InvalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", versionMarker).AsException();
        var page = services.Store.ListVersions(bucket, new ListQuery(list.Prefix, list.Delimiter, keyMarker, list.Limit) { AfterVersion = versionMarker });
        return BucketXml.Answer(request, "ListVersionsResult", (xml, _) =>
        {
            xml.Text("Name", bucket.Name);
            xml.Text("Prefix", list.Key(list.Prefix));
            xml.Text("KeyMarker", list.Key(keyMarker));
            xml.Text("VersionIdMarker", versionMarker ?? "");
            if (page.IsTruncated)
            {
                xml.Text("NextKeyMarker", list.Key(page.Last));
                // A page that ends with a common prefix names no version.
                if (page.Items.Count > 0 && page.Items[^1].Key == page.Last)
                    xml.Text("NextVersionIdMarker", page.Items[^1].Version);
            }

            xml.Number("MaxKeys", list.Limit);
            xml.Text("Delimiter", list.Key(list.Delimiter));
            xml.Text("EncodingType", list.EncodingType);
            xml.Flag("IsTruncated", page.IsTruncated);
            foreach (var stored in page.Items)
                Write(xml, list, bucket, stored);
            list.CommonPrefixes(xml, page.CommonPrefixes);
        });
    }

    static void Write(QueryXml xml, ListXml list, Bucket bucket, StoredObject stored) => xml.Structure(stored.IsMarker ? "DeleteMarker" : "Version", item =>
    {
        item.Text("Key", list.Key(stored.Key));
        item.Text("VersionId", stored.Version);
        item.Flag("IsLatest", stored.IsLatest);
        item.Text("LastModified", ListXml.Time(stored.Modified));
        if (!stored.IsMarker)
        {
            item.Text("ETag", stored.QuotedETag);
            if (stored.Head.Checksum is { } checksum)
            {
                item.Text("ChecksumAlgorithm", checksum.Algorithm);
                item.Text("ChecksumType", checksum.Type);
            }

            item.Number("Size", stored.Size);
            item.Text("StorageClass", stored.Head.StorageClass);
        }

        Owner.Write(item, bucket.AccountId);
    });
}
