using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html</summary>
static class ListObjectsV2
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        var list = new ListXml(request);
        var token = request.Query("continuation-token");
        var startAfter = request.Query("start-after");
        var page = services.Store.List(
            bucket, new ListQuery(list.Prefix, list.Delimiter, token is null ? startAfter : ListXml.AfterOf(token), list.Limit));
        var withOwner = string.Equals(request.Query("fetch-owner"), "true", StringComparison.OrdinalIgnoreCase);
        return BucketXml.Answer(request, "ListBucketResult", (xml, _) =>
        {
            xml.Text("Name", bucket.Name);
            xml.Text("Prefix", list.Key(list.Prefix));
            xml.Text("StartAfter", list.Key(startAfter));
            xml.Text("ContinuationToken", token);
            if (page.IsTruncated)
                xml.Text("NextContinuationToken", Paging.MarkerOf(page.Last ?? ""));
            xml.Number("KeyCount", page.Items.Count + page.CommonPrefixes.Count);
            xml.Number("MaxKeys", list.Limit);
            xml.Text("Delimiter", list.Key(list.Delimiter));
            xml.Text("EncodingType", list.EncodingType);
            xml.Flag("IsTruncated", page.IsTruncated);
            foreach (var stored in page.Items)
                list.Contents(xml, stored, withOwner ? bucket.AccountId : null);
            list.CommonPrefixes(xml, page.CommonPrefixes);
        });
    }
}
