using Pilotlight.Api;

namespace Pilotlight.Queues;

static class CancelMessageMoveTask
{
    public static async ValueTask<AwsResult> Handle(SqsCall call, MoveTasks tasks)
    {
        var handle = MoveTaskHandle.Read(call.Input.Required("TaskHandle"));
        if (call.Catalog.Find(handle.SourceArn) is null)
            return MoveTaskHandle.NoSuchSource;
        var moved = await tasks.CancelAsync(handle.SourceArn, handle.Id);
        return call.Answer(answer => answer.Number("ApproximateNumberOfMessagesMoved", moved));
    }
}
