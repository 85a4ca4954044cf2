using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html</summary>
static class GetTopicAttributes
{
    public static ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var state = request.Topic();
        return QueryAnswer.Of(request.Request, xml => xml.Map("Attributes", Shown(state)));
    }

    static SortedDictionary<string, string> Shown(TopicState state)
    {
        var topic = state.Topic;
        var delivery = topic.Attributes.GetValueOrDefault("DeliveryPolicy") is { } text ? HttpDeliveryPolicy.OfTopic(text) : null;
        var shown = new SortedDictionary<string, string>(topic.Attributes.ToDictionary(), StringComparer.Ordinal)
        {
            ["Policy"] = state.Policy.Document,
            ["Owner"] = topic.AccountId,
            ["TopicArn"] = topic.Arn,
            ["SubscriptionsConfirmed"] = state.Active.Length.Text(),
            ["SubscriptionsPending"] = state.Subscriptions.Values.Count(static one => one.State == SubscriptionState.Pending).Text(),
            ["SubscriptionsDeleted"] = topic.SubscriptionsDeleted.Text(),
            ["EffectiveDeliveryPolicy"] = HttpDeliveryPolicy.Effective(delivery, null).ShownOfEffectiveTopic(),
        };
        shown.TryAdd("DisplayName", "");
        if (delivery is not null)
            shown["DeliveryPolicy"] = delivery.ShownOfTopic();
        return shown;
    }
}
