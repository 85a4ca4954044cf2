using Pilotlight.Api;

namespace Pilotlight.Queues;

static class ListMessageMoveTasks
{
    public static ValueTask<AwsResult> Handle(SqsCall call, MoveTasks tasks)
    {
        var source = call.Input.Required("SourceArn");
        var max = call.Input.Integer("MaxResults") ?? 1;
        if (max is < 1 or > 10)
            return AwsResult.Refused(SqsErrors.InvalidParameter(max, "MaxResults", "Value for parameter MaxResults must be between 1 and 10."));
        if (call.Catalog.Find(source) is null)
            return AwsResult.Refused(MoveTaskHandle.NoSuchSource);
        var newest = tasks.Of(source).Reverse().Take(max);
        return call.Answer(answer => answer.Entries("Results", "ListMessageMoveTasksResultEntry", newest, Write));
    }

    static void Write(SqsOutput answer, MoveTask task)
    {
        answer.Text("TaskHandle", task.Status == MoveTask.Running ? new MoveTaskHandle(task.SourceArn, task.Id).Write() : null);
        answer.Text("Status", task.Status);
        answer.Text("SourceArn", task.SourceArn);
        answer.Text("DestinationArn", task.DestinationArn);
        answer.Number("MaxNumberOfMessagesPerSecond", task.PerSecond);
        answer.Number("ApproximateNumberOfMessagesMoved", task.Moved);
        answer.Number("ApproximateNumberOfMessagesToMove", task.ToMove);
        answer.Text("FailureReason", task.FailureReason);
        answer.Number("StartedTimestamp", task.StartedMilliseconds);
    }
}
