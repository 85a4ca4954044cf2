using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_AddTagsToStream.html</summary>
static class AddTagsToStream
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        await StreamTags.ChangeAsync(StreamServices.KeyOf(request).Arn, services, (key, tags) => StreamTags.Merge(key, tags, input.Tags));
        return AwsResult.EmptyObject;
    }
}
