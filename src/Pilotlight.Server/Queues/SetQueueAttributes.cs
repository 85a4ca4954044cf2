using Pilotlight.Api;

namespace Pilotlight.Queues;

static class SetQueueAttributes
{
    public static async ValueTask<AwsResult> Handle(SqsCall call, TimeProvider time)
    {
        var attributes = call.Input.Map("Attributes", "Attribute");
        if (attributes.Count == 0)
            return SqsErrors.Missing("Attribute.Name");
        await call.Catalog.ChangeAsync(call.Queue.Key, queue => queue.Settings.With(
            QueueAttributes.Apply(queue.Key, queue.Settings.Values, attributes, call.Catalog.Find), time.GetUtcNow()));
        return call.Done();
    }
}
