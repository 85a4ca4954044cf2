using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RemoveTagsFromStream.html</summary>
static class RemoveTagsFromStream
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        await StreamTags.ChangeAsync(StreamServices.KeyOf(request).Arn, services, (_, tags) => StreamTags.Without(tags, input.TagKeys!));
        return AwsResult.EmptyObject;
    }
}
