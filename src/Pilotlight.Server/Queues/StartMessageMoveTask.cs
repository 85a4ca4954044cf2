using Pilotlight.Api;

namespace Pilotlight.Queues;

static class StartMessageMoveTask
{
    const int MaxPerSecond = 500;

    public static async ValueTask<AwsResult> Handle(SqsCall call, MoveTasks tasks)
    {
        var (source, destination) = (call.Input.Required("SourceArn"), call.Input.Text("DestinationArn"));
        var perSecond = call.Input.Integer("MaxNumberOfMessagesPerSecond");
        if (perSecond is < 1 or > MaxPerSecond)
            return SqsErrors.InvalidParameter($"Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and {MaxPerSecond}, if provided.");
        if (call.Catalog.Find(source) is not { } queue)
            return MoveTaskHandle.NoSuchSource;
        if (!call.Catalog.All().Any(other => other.Settings.RedrivePolicy?.DeadLetterTargetArn == source))
            return SqsErrors.InvalidParameter("Source queue must be configured as a Dead Letter Queue.");
        if (destination is { Length: > 0 })
        {
            if (call.Catalog.Find(destination) is not { } target)
                return SqsErrors.NotFound("The resource that you specified for the DestinationArn parameter doesn't exist.");
            if (target == queue)
                return SqsErrors.InvalidParameter("Source queue arn and destination queue arn cannot be the same.");
            if (target.IsFifo != queue.IsFifo)
                return SqsErrors.InvalidParameter("Source and destination queues must be of the same type.");
        }

        var task = await tasks.StartAsync(queue, string.IsNullOrEmpty(destination) ? null : destination, perSecond);
        return call.Answer(answer => answer.Text("TaskHandle", new MoveTaskHandle(source, task.Id).Write()));
    }
}
