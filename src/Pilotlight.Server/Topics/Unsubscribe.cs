using Pilotlight.Api;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html</summary>
static class Unsubscribe
{
    /// <summary>Whoever knows the ARN may, signed or not, unless the confirmation asked for a signature; http(s) endpoints are told, and may take it back.</summary>
    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var aws = request.Request;
        var arn = request.SubscriptionArn();
        var isSigned = aws.Caller.Kind != CallerKind.Anonymous;
        if (isSigned && request.Services.Authorizer.Check(aws, "SNS:Unsubscribe", "*") is { } refused)
            return refused;
        Subscription? told = null;
        var state = await request.Catalog.ChangeAsync(TopicArn.TopicOf(arn)!, current =>
        {
            if (current?.Subscriptions.GetValueOrDefault(arn) is not { State: not SubscriptionState.Deleted } subscription)
                return current;
            if (Refusal(request, current.Topic, subscription, isSigned) is { } not)
                throw not.AsException();
            var topic = current.Topic with { SubscriptionsDeleted = current.Topic.SubscriptionsDeleted + 1 };
            if (subscription is not { IsHttp: true, State: SubscriptionState.Confirmed })
                return new TopicState(topic, current.Subscriptions.Remove(arn));
            told = subscription with { State = SubscriptionState.Deleted, Token = Subscribe.NewToken(), TokenExpires = request.Now + Subscription.TokenLife };
            return current.With(topic).With(told);
        });
        if (told is not null)
            await request.Services.Publisher.ConfirmAsync(state!, told, TopicMessage.UnsubscribeConfirmation);
        request.Services.Memory.Deliveries.Forget(arn);
        return QueryAnswer.Done(aws);
    }

    static AwsError? Refusal(TopicRequest request, Topic topic, Subscription subscription, bool isSigned)
    {
        if (!isSigned)
            return subscription.AuthenticateOnUnsubscribe ? TopicErrors.Authorization("The subscription can only be deleted by a signed request") : null;
        var account = request.Request.AccountId;
        return account == subscription.Owner || account == topic.AccountId
            ? null
            : TopicErrors.Authorization("Only the owner of the subscription or of the topic can unsubscribe");
    }
}
