using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html</summary>
static class ListStreams
{
    const int Usual = 100;

    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var after = input.NextToken is { } token ? PageToken.Read(token) : input.ExclusiveStartStreamName ?? "";
        var limit = input.Limit ?? Usual;
        var page = services.Catalog.List(request.AccountId, request.Region).Values
            .Where(stream => string.CompareOrdinal(stream.Name, after) > 0).Take(limit + 1).ToList();
        var hasMore = page.Count > limit;
        if (hasMore)
            page.RemoveAt(limit);
        return AwsResult.Json(
            new ListStreamsOutput(
                [.. page.Select(static stream => stream.Name)], hasMore, hasMore ? PageToken.Of(page[^1].Name) : null,
                [
                    .. page.Select(static stream => new StreamSummary(
                        stream.Name, stream.Arn, stream.Status, new StreamModeDetails(stream.Mode), Math.Floor(StreamServices.Seconds(stream.Created)))),
                ]),
            StreamsJson.Wire.ListStreamsOutput);
    }
}
