using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForStream.html</summary>
static class ListTagsForStream
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        var tags = StreamTags.Views(services.Existing(request).Tags)
            .Where(tag => input.ExclusiveStartTagKey is not { } after || string.CompareOrdinal(tag.Key, after) > 0).ToList();
        var shown = input.Limit is { } limit && limit < tags.Count ? tags[..limit] : tags;
        return AwsResult.Json(new StreamTagsOutput(shown, shown.Count < tags.Count), StreamsJson.Wire.StreamTagsOutput);
    }
}
