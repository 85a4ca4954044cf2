using Pilotlight.Api;

namespace Pilotlight.Streams;

/// <summary>https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UntagResource.html</summary>
static class UntagResource
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, StreamServices services)
    {
        var input = request.Read(StreamsJson.Default.StreamRequest);
        await StreamTags.ChangeAsync(input.ResourceARN!, services, (_, tags) => StreamTags.Without(tags, input.TagKeys!));
        return AwsResult.EmptyObject;
    }
}
