using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html</summary>
static class CreateTopic
{
    const string Where = "Attributes Reason: ";

    public static QueryModel Model { get; } = new(RequiredBody("Name", TopicShapes.Text), Body("Tags", TopicShapes.Tags));

    public static async ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var (name, attributes, tags) = (request.Text("Name") ?? "", request.Map("Attributes"), request.Tags());
        var isFifo = attributes.GetValueOrDefault("FifoTopic") == "true";
        if (isFifo && !TopicRules.IsFifoName(name))
        {
            return TopicErrors.Parameter("Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, "
                + "underscores, and hyphens, and must be between 1 and 256 characters long.");
        }

        if (!isFifo && !TopicRules.IsName(name))
            return TopicErrors.Parameter("Topic Name");
        if (attributes.Remove("FifoTopic", out var fifo) && fifo is not ("true" or "false" or ""))
            return TopicErrors.Parameter($"{Where}FifoTopic: Invalid value [{fifo}]. Must be true or false.");
        if (request.Text("DataProtectionPolicy") is { Length: > 0 })
            return TopicErrors.Parameter("DataProtectionPolicy Reason: data protection is not served by this platform");
        var aws = request.Request;
        var wanted = new Topic
        {
            Arn = TopicArn.Of(aws.Region, aws.AccountId, name),
            AccountId = aws.AccountId,
            Region = aws.Region,
            Name = name,
            CreatedAt = request.Now,
            Tags = tags.Count <= TagRules.Most ? tags : throw TopicErrors.TooManyTags.AsException(),
        };
        if (isFifo)
            wanted = wanted.With("FifoTopic", "true").With("ContentBasedDeduplication", "false");
        foreach (var (attribute, value) in attributes)
            wanted = TopicRules.Set(wanted, attribute, value, Where, request.Services.Identities);
        await request.Catalog.ChangeAsync(wanted.Arn, current => current is null ? TopicState.New(wanted) : Same(current, wanted, attributes, tags));
        return QueryAnswer.Of(aws, ("TopicArn", wanted.Arn));
    }

    /// <summary>Asking for what is there already is no error, if what is named is as it is there.</summary>
    static TopicState Same(TopicState current, Topic wanted, Dictionary<string, string> attributes, Dictionary<string, string> tags)
    {
        var topic = current.Topic;
        foreach (var name in attributes.Keys)
        {
            var same = name == "Policy"
                ? topic.Policy == wanted.Policy
                : topic.Attributes.GetValueOrDefault(name, "") == wanted.Attributes.GetValueOrDefault(name, "");
            if (!same)
                throw TopicErrors.Parameter("Attributes Reason: Topic already exists with different attributes").AsException();
        }

        return tags.All(tag => topic.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value)
            ? current
            : throw TopicErrors.Parameter("Tags Reason: Topic already exists with different tags").AsException();
    }
}
