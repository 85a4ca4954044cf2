using Pilotlight.Api;

namespace Pilotlight.Queues;

static class DeleteQueue
{
    public static async ValueTask<AwsResult> Handle(SqsCall call)
    {
        await call.Catalog.DeleteAsync(call.Queue.Key);
        return call.Done();
    }
}
