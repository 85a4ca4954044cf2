using Pilotlight.Api;

namespace Pilotlight.Queues;

static class GetQueueUrl
{
    public static QueueKey KeyOf(SqsCall call) => call.KeyOfName(call.Input.Required("QueueName"), call.Input.Text("QueueOwnerAWSAccountId"));

    public static ValueTask<AwsResult> Handle(SqsCall call)
    {
        var queue = call.Catalog.Find(KeyOf(call)) ?? throw SqsErrors.NoSuchQueue.AsException();
        return call.Answer(answer => answer.Text("QueueUrl", call.UrlOf(queue.Key)));
    }
}
