using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreamConsumers.html</summary>
static class ListStreamConsumers
{
    const int Usual = 100;

    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var stream = services.Existing(request);
        var after = input.NextToken is { } token ? PageToken.Read(token) : "";
        var limit = input.MaxResults ?? Usual;
        var page = stream.Consumers.OrderBy(static consumer => consumer.Name, StringComparer.Ordinal)
            .Where(consumer => string.CompareOrdinal(consumer.Name, after) > 0).Take(limit + 1).ToList();
        var hasMore = page.Count > limit;
        if (hasMore)
            page.RemoveAt(limit);
        return AwsResult.Json(
            new ListConsumersOutput([.. page.Select(consumer => ConsumerViews.Of(consumer, stream.Arn, null))], hasMore ? PageToken.Of(page[^1].Name) : null),
            StreamsJson.Wire.ListConsumersOutput);
    }
}
