using Pilotlight.Api;

namespace Pilotlight.Queues;

static class PurgeQueue
{
    public static async ValueTask<AwsResult> Handle(SqsCall call) =>
        await call.Catalog.PurgeAsync(call.Queue) is { } refused ? refused : call.Done();
}
