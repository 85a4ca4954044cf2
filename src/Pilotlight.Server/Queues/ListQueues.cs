using Pilotlight.Api;

namespace Pilotlight.Queues;

static class ListQueues
{
    public static ValueTask<AwsResult> Handle(SqsCall call)
    {
        var (request, prefix) = (call.Request, call.Input.Text("QueueNamePrefix") ?? "");
        var urls = call.Catalog.All()
            .Where(queue => queue.Key.AccountId == request.AccountId && queue.Key.Region == request.Region && queue.Key.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(queue => call.UrlOf(queue.Key))
            .Order(StringComparer.Ordinal);
        var (page, token) = QueuePage.Of(call.Input, urls);
        return call.Answer(answer =>
        {
            if (page.Count > 0)
                answer.Texts("QueueUrls", "QueueUrl", page);
            answer.Text("NextToken", token);
        });
    }
}
