using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html</summary>
static class SetSubscriptionAttributes
{
    public static QueryModel Model { get; } = new(RequiredBody("SubscriptionArn", TopicShapes.Text), RequiredBody("AttributeName", TopicShapes.Text));

    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var (name, value) = (request.Text("AttributeName")!, request.Text("AttributeValue") ?? "");
        var asked = request.Subscription();
        await request.Catalog.ChangeAsync(asked.TopicArn, current =>
            current?.Subscriptions.GetValueOrDefault(asked.Arn) is { State: not SubscriptionState.Deleted } subscription
                ? current.With(SubscriptionRules.Set(current, subscription, name, value, ""))
                : throw TopicErrors.NoSubscription.AsException());
        return QueryAnswer.Done(request.Request);
    }
}
