using Pilotlight.Api;

namespace Pilotlight.Queues;

static class ListQueueTags
{
    public static ValueTask<AwsResult> Handle(SqsCall call)
    {
        var tags = call.Queue.Settings.Tags;
        return call.Answer(answer => answer.Map("Tags", "Tag", tags, "Key"));
    }
}
