using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html</summary>
static class ListObjects
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var list = new ListXml(request);
        var marker = request.Query("marker") ?? "";
        var page = services.Store.List(bucket, new ListQuery(list.Prefix, list.Delimiter, marker, list.Limit));
        return BucketXml.Answer(request, "ListBucketResult", (xml, _) =>
        {
            xml.Text("Name", bucket.Name);
            xml.Text("Prefix", list.Key(list.Prefix));
            xml.Text("Marker", list.Key(marker));
            // Without a delimiter the last key serves.
            if (page.IsTruncated && list.Delimiter is not null)
                xml.Text("NextMarker", list.Key(page.Last));
            xml.Number("MaxKeys", list.Limit);
            xml.Text("Delimiter", list.Key(list.Delimiter));
            xml.Text("EncodingType", list.EncodingType);
            xml.Flag("IsTruncated", page.IsTruncated);
            foreach (var stored in page.Items)
                list.Contents(xml, stored, bucket.AccountId);
            list.CommonPrefixes(xml, page.CommonPrefixes);
        });
    }
}
