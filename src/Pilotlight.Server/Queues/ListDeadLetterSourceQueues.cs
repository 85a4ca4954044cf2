using Pilotlight.Api;

namespace Pilotlight.Queues;

static class ListDeadLetterSourceQueues
{
    public static ValueTask<AwsResult> Handle(SqsCall call)
    {
        var arn = call.Queue.Arn;
        var urls = call.Catalog.All()
            .Where(queue => queue.Settings.RedrivePolicy?.DeadLetterTargetArn == arn)
            .Select(queue => call.UrlOf(queue.Key))
            .Order(StringComparer.Ordinal);
        var (page, token) = QueuePage.Of(call.Input, urls);
        return call.Answer(answer =>
        {
            answer.Texts("queueUrls", "QueueUrl", page);
            answer.Text("NextToken", token);
        });
    }
}
