using Pilotlight.Api;

namespace Pilotlight.Queues;

static class RemovePermission
{
    public static async ValueTask<AwsResult> Handle(SqsCall call, TimeProvider time)
    {
        var label = call.Input.Required("Label");
        await call.Catalog.ChangeAsync(call.Queue.Key, queue =>
        {
            var policy = queue.Statements();
            if (!policy.TryRemove(label))
                throw SqsErrors.InvalidParameter(label, "Label", "can't find label.").AsException();
            var values = policy.Count == 0 ? queue.Settings.Values.Remove("Policy") : queue.Settings.Values.SetItem("Policy", policy.ToString());
            return queue.Settings.With(values, time.GetUtcNow());
        });
        return call.Done();
    }
}
