using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html</summary>
static class GetSubscriptionAttributes
{
    public static ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var subscription = request.Subscription();
        var topic = request.Catalog.Find(subscription.TopicArn)?.Topic;
        return QueryAnswer.Of(request.Request, xml => xml.Map("Attributes", Shown(subscription, topic)));
    }

    static SortedDictionary<string, string> Shown(Subscription subscription, Topic? topic)
    {
        var shown = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["SubscriptionArn"] = subscription.Arn,
            ["TopicArn"] = subscription.TopicArn,
            ["Owner"] = subscription.Owner,
            ["SubscriptionPrincipal"] = subscription.Principal,
            ["Protocol"] = subscription.Protocol,
            ["Endpoint"] = SubscriptionRules.Shown(subscription.Endpoint),
            ["ConfirmationWasAuthenticated"] = Flag(subscription.ConfirmationWasAuthenticated),
            ["PendingConfirmation"] = Flag(subscription.State == SubscriptionState.Pending),
            ["RawMessageDelivery"] = Flag(subscription.RawMessageDelivery),
        };
        if (subscription.FilterPolicy is { } filter)
        {
            shown["FilterPolicy"] = filter;
            shown["FilterPolicyScope"] = subscription.FilterPolicyScope;
        }

        if (subscription.RedrivePolicy is { } redrive)
            shown["RedrivePolicy"] = redrive;
        if (subscription.HttpPolicy is { } own)
            shown["DeliveryPolicy"] = own.ShownOfSubscription();
        if (subscription.IsHttp)
        {
            var ofTopic = topic?.Attributes.GetValueOrDefault("DeliveryPolicy") is { } text ? HttpDeliveryPolicy.OfTopic(text) : null;
            shown["EffectiveDeliveryPolicy"] = HttpDeliveryPolicy.Effective(ofTopic, subscription.HttpPolicy).ShownOfSubscription();
        }

        return shown;

        static string Flag(bool flag) => flag ? "true" : "false";
    }
}
