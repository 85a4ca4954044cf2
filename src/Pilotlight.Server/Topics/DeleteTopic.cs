using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html</summary>
static class DeleteTopic
{
    /// <summary>Its subscriptions go with it, and what was not delivered yet.</summary>
    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var arn = request.TopicArn();
        List<string> subscriptions = [];
        await request.Catalog.ChangeAsync(arn, current =>
        {
            subscriptions = [.. current?.Subscriptions.Keys ?? []];
            return null;
        });
        request.Services.Memory.Fifo.Forget(arn);
        subscriptions.ForEach(request.Services.Memory.Deliveries.Forget);
        return QueryAnswer.Done(request.Request);
    }
}
