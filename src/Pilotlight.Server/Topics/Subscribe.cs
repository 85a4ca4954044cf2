using System.Security.Cryptography;
using Pilotlight.Api;
using Pilotlight.Iam;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html</summary>
static class Subscribe
{
    public static QueryModel Model { get; } = new(
        RequiredBody("TopicArn", TopicShapes.Text), RequiredBody("Protocol", TopicShapes.Text), Body("ReturnSubscriptionArn", TopicShapes.Flag));

    public static ConditionValues Conditions(AwsRequest request, string key) => key.ToLowerInvariant() switch
    {
        "sns:protocol" when request.Form.TryGetValue("Protocol", out var protocol) => protocol,
        "sns:endpoint" when request.Form.TryGetValue("Endpoint", out var endpoint) => endpoint,
        _ => ConditionValues.None,
    };

    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var (arn, protocol, endpoint, attributes) = (request.TopicArn(), request.Text("Protocol")!, request.Text("Endpoint") ?? "", request.Map("Attributes"));
        var caller = request.Request.Caller;
        Subscription? subscription = null;
        var state = await request.Catalog.ChangeAsync(arn, current =>
        {
            if (current is null)
                throw TopicErrors.NoTopic.AsException();
            if (SubscriptionRules.Refusal(current.Topic, protocol, endpoint) is { } refused)
                throw refused.AsException();
            if (current.Shown.FirstOrDefault(one => one.Protocol == protocol && one.Endpoint == endpoint && one.Owner == caller.AccountId) is { } existing)
                return Again(request, current, existing, attributes, out subscription);
            var confirms = Confirms(protocol, endpoint, caller.AccountId);
            subscription = SubscriptionRules.SetAll(current, new Subscription
            {
                Arn = $"{arn}:{Guid.NewGuid()}",
                TopicArn = arn,
                Owner = caller.AccountId,
                Protocol = protocol,
                Endpoint = endpoint,
                Principal = caller.Arn,
                CreatedAt = request.Now,
                Address = request.Address,
                State = confirms ? SubscriptionState.Pending : SubscriptionState.Confirmed,
                ConfirmationWasAuthenticated = !confirms,
                Token = confirms ? NewToken() : null,
                TokenExpires = confirms ? request.Now + Subscription.TokenLife : null,
            }, attributes);
            return current.With(subscription);
        });
        // No mail is sent from here: those endpoints stay pending.
        if (subscription!.State == SubscriptionState.Pending && !subscription.Protocol.StartsWith("email", StringComparison.Ordinal))
            await request.Services.Publisher.ConfirmAsync(state!, subscription, TopicMessage.SubscriptionConfirmation);
        var shows = subscription.State == SubscriptionState.Confirmed || string.Equals(request.Text("ReturnSubscriptionArn"), "true", StringComparison.OrdinalIgnoreCase);
        return QueryAnswer.Of(request.Request, ("SubscriptionArn", shows ? subscription.Arn : "pending confirmation"));
    }

    public static string NewToken() => RandomNumberGenerator.GetHexString(288, lowercase: true);

    /// <summary>Whether the endpoint has to confirm: everything but functions, and queues of whoever subscribes.</summary>
    static bool Confirms(string protocol, string endpoint, string accountId) => protocol != "lambda" && !(protocol == "sqs" && endpoint.Split(':')[4] == accountId);

    /// <summary>There is one already. What is asked for must be as it is; one that is pending gets another token.</summary>
    static TopicState Again(TopicRequest request, TopicState current, Subscription existing, Dictionary<string, string> attributes, out Subscription subscription)
    {
        subscription = existing;
        if (SubscriptionRules.SetAll(current, existing, attributes) != existing)
            throw TopicErrors.Parameter("Attributes Reason: Subscription already exists with different attributes").AsException();
        if (existing.State != SubscriptionState.Pending)
            return current;
        subscription = existing with { Token = NewToken(), TokenExpires = request.Now + Subscription.TokenLife, Address = request.Address };
        return current.With(subscription);
    }
}
