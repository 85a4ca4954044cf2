using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_TagResource.html</summary>
static class TagResource
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        await StreamTags.ChangeAsync(input.ResourceARN!, services, (key, tags) => StreamTags.Merge(key, tags, input.Tags));
        return AwsResult.EmptyObject;
    }
}
