using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html</summary>
static class SetTopicAttributes
{
    public static QueryModel Model { get; } = new(RequiredBody("TopicArn", TopicShapes.Text), RequiredBody("AttributeName", TopicShapes.Text));

    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var (name, value) = (request.Text("AttributeName")!, request.Text("AttributeValue") ?? "");
        await request.Catalog.ChangeAsync(request.TopicArn(), current => current is null
            ? throw TopicErrors.NoTopic.AsException()
            : current.With(TopicRules.Set(current.Topic, name, value, "", request.Services.Identities)));
        return QueryAnswer.Done(request.Request);
    }
}
