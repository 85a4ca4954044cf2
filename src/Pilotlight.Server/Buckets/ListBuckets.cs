using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html</summary>
static class ListBuckets
{
    const int Most = 10_000;

    public static ValueTask<AwsResult> Handle(AwsRequest request, BucketServices services)
    {
        var limit = Most;
        if (request.Query("max-buckets") is { } asked
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > Most))
            throw BucketErrors.InvalidArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets", asked).AsException();
        var prefix = request.Query("prefix") ?? "";
        var region = request.Query("bucket-region");
        var after = request.Query("continuation-token") is { } token ? ListXml.AfterOf(token) : "";
        var found = services.Store.OfAccount(request.AccountId)
            .Where(bucket => bucket.Name.StartsWith(prefix, StringComparison.Ordinal) && (region is null || bucket.Region == region)
                && string.CompareOrdinal(bucket.Name, after) > 0)
            .Take(limit + 1).ToList();
        var page = found.Take(limit).ToList();
        return BucketXml.Answer(request, "ListAllMyBucketsResult", (xml, _) =>
        {
            Owner.Write(xml, request.AccountId);
            xml.Structure("Buckets", buckets =>
            {
                foreach (var bucket in page)
                {
                    buckets.Structure("Bucket", item =>
                    {
                        item.Text("Name", bucket.Name);
                        item.Text("CreationDate", ListXml.Time(bucket.Created));
                        item.Text("BucketRegion", bucket.Region);
                        item.Text("BucketArn", bucket.Arn);
                    });
                }
            });
            if (prefix.Length > 0)
                xml.Text("Prefix", prefix);
            if (found.Count > page.Count)
                xml.Text("ContinuationToken", Paging.MarkerOf(page[^1].Name));
        });
    }
}
