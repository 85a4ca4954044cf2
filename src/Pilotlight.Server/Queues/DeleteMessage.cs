using Pilotlight.Api;

namespace Pilotlight.Queues;

static class DeleteMessage
{
    public static async ValueTask<AwsResult> Handle(SqsCall call)
    {
        var handle = call.Input.Required("ReceiptHandle");
        return await call.Queue.DeleteAsync(handle) is { } refused ? refused : call.Done();
    }
}
