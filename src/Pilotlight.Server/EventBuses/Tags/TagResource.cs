using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html</summary>
static class TagResource
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, TaggedResources tagged)
    {
        await tagged.ChangeAsync(request, known => TagSet.With(known, request.Tags()));
        return AwsResult.EmptyObject;
    }
}
