using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html</summary>
static class ListTagsForResource
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, TaggedResources tagged)
    {
        var arn = request.Required("ResourceARN");
        var tags = tagged.Find(arn) ?? throw TaggedResources.NotFound(arn);
        return BusAnswer.Of(writer => writer.Tags("Tags", tags));
    }
}
