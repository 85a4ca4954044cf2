using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html</summary>
static class ConfirmSubscription
{
    public static QueryModel Model { get; } = new(RequiredBody("TopicArn", TopicShapes.Text), RequiredBody("Token", TopicShapes.Text));

    /// <summary>The token is the proof: nobody needs to sign, unless unsubscribing is to need a signature too.</summary>
    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var aws = request.Request;
        var (arn, token) = (request.Text("TopicArn")!, request.Text("Token")!);
        var isSigned = aws.Caller.Kind != CallerKind.Anonymous;
        if (TopicArn.TryParse(arn) is not { } parsed || (isSigned && parsed.Region != aws.Region))
            return TopicErrors.Parameter("Topic");
        if (isSigned && request.Services.Authorizer.Check(aws, "SNS:ConfirmSubscription", arn) is { } refused)
            return refused;
        var authenticates = string.Equals(request.Text("AuthenticateOnUnsubscribe"), "true", StringComparison.OrdinalIgnoreCase);
        if (authenticates && !isSigned)
            return TopicErrors.Authorization("AuthenticateOnUnsubscribe requires a signed request");
        if (!token.All(char.IsAsciiHexDigit))
            return TopicErrors.Bare("Invalid token");
        Subscription? confirmed = null;
        await request.Catalog.ChangeAsync(arn, current =>
        {
            var known = current?.Subscriptions.Values.FirstOrDefault(one => one.Token == token && one.TokenExpires > request.Now);
            if (known is null)
                throw TopicErrors.Parameter("Token").AsException();
            confirmed = known with
            {
                State = SubscriptionState.Confirmed,
                AuthenticateOnUnsubscribe = authenticates || known.AuthenticateOnUnsubscribe,
                ConfirmationWasAuthenticated = known.ConfirmationWasAuthenticated || isSigned,
            };
            var topic = known.State == SubscriptionState.Deleted
                ? current!.Topic with { SubscriptionsDeleted = Math.Max(0, current.Topic.SubscriptionsDeleted - 1) }
                : current!.Topic;
            return confirmed == known ? current : current.With(topic).With(confirmed);
        });
        return QueryAnswer.Of(aws, ("SubscriptionArn", confirmed!.Arn));
    }
}
