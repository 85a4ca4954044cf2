using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html and ListSubscriptionsByTopic</summary>
static class ListSubscriptions
{
    public static ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var aws = request.Request;
        return Answer(request, request.Catalog.All().Where(state => state.Topic.Region == aws.Region)
            .SelectMany(static state => state.Shown).Where(subscription => subscription.Owner == aws.AccountId));
    }

    public static ValueTask<AwsResult> HandleByTopic(TopicRequest request) => Answer(request, request.Topic().Shown);

    static AwsResult Answer(TopicRequest request, IEnumerable<Subscription> subscriptions)
    {
        var (page, next) = request.Page(subscriptions, static subscription => subscription.Arn);
        return QueryAnswer.Of(request.Request, xml =>
        {
            xml.List("Subscriptions", page, static (xml, subscription) => xml.Subscription(subscription));
            xml.Text("NextToken", next);
        });
    }
}
