using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html</summary>
static class UntagResource
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, TaggedResources tagged)
    {
        await tagged.ChangeAsync(request, known => TagSet.Without(known, request.Texts("TagKeys")));
        return AwsResult.EmptyObject;
    }
}
