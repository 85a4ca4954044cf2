using Pilotlight.Api;

namespace Pilotlight.Queues;

static class TagQueue
{
    public static async ValueTask<AwsResult> Handle(SqsCall call)
    {
        var tags = call.Input.Map("Tags", "Tag", "Key");
        if (tags.Count == 0)
            return SqsErrors.Missing("Tags");
        await call.Catalog.ChangeAsync(call.Queue.Key, queue =>
        {
            if (QueueTags.Refusal(tags, queue.Settings.Tags) is { } refusal)
                throw refusal.AsException();
            return queue.Settings with { Tags = queue.Settings.Tags.SetItems(tags) };
        });
        return call.Done();
    }
}
