using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForResource.html</summary>
static class ListTagsForResource
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var (key, consumer) = StreamTags.Locate(request.Read(StreamsJson.Default.StreamRequest).ResourceARN!, services);
        var tags = consumer?.Tags ?? services.Existing(key).Tags;
        return AwsResult.Json(new ResourceTagsOutput([.. StreamTags.Views(tags)]), StreamsJson.Wire.ResourceTagsOutput);
    }
}
