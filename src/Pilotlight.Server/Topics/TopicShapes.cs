using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

/// <summary>The shapes of the SNS model. It bounds next to nothing: the service does that itself, in words of its own.</summary>
static class TopicShapes
{
    public static readonly StringShape Text = new();
    public static readonly BooleanShape Flag = new();
    public static readonly StringShape TagKey = new() { Min = 1, Max = 128 };
    public static readonly StringShape TagValue = new() { Max = 256 };
    public static readonly ListShape Tags = new(new StructureShape("Tag", RequiredBody("Key", TagKey), RequiredBody("Value", TagValue)));
    public static readonly ListShape TagKeys = new(TagKey);
    public static readonly ListShape Texts = new(Text);

    public static QueryModel Topic { get; } = new(RequiredBody("TopicArn", Text));

    public static QueryModel Subscription { get; } = new(RequiredBody("SubscriptionArn", Text));

    public static QueryModel Resource { get; } = new(RequiredBody("ResourceArn", Text));
}
