using Pilotlight.Api;

namespace Pilotlight.Queues;

static class UntagQueue
{
    public static async ValueTask<AwsResult> Handle(SqsCall call)
    {
        var keys = call.Input.Texts("TagKeys", "TagKey");
        if (keys.Count == 0)
            return SqsErrors.Missing("TagKeys");
        await call.Catalog.ChangeAsync(call.Queue.Key, queue => queue.Settings with { Tags = queue.Settings.Tags.RemoveRange(keys) });
        return call.Done();
    }
}
