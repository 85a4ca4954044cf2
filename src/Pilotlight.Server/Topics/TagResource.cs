using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Topics;

static class TagRules
{
    public const int Most = 50;

    /// <exception cref="AwsException">There is no such topic.</exception>
    public static async ValueTask<AwsResult> ChangeAsync(TopicRequest request, Func<IReadOnlyDictionary<string, string>, Dictionary<string, string>> change)
    {
        await request.Catalog.ChangeAsync(request.TopicArn("ResourceArn"), current =>
        {
            if (current is null)
                throw TopicErrors.NoResource.AsException();
            var tags = change(current.Topic.Tags);
            return tags.Count <= Most ? current.With(current.Topic with { Tags = tags }) : throw TopicErrors.TooManyTags.AsException();
        });
        return QueryAnswer.Of(request.Request, static _ => { });
    }
}

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html</summary>
static class TagResource
{
    public static QueryModel Model { get; } = new(RequiredBody("ResourceArn", TopicShapes.Text), RequiredBody("Tags", TopicShapes.Tags));

    public static ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var given = request.Tags();
        return TagRules.ChangeAsync(request, tags =>
        {
            var all = tags.ToDictionary();
            foreach (var (key, value) in given)
                all[key] = value;
            return all;
        });
    }
}

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html</summary>
static class UntagResource
{
    public static QueryModel Model { get; } = new(RequiredBody("ResourceArn", TopicShapes.Text), RequiredBody("TagKeys", TopicShapes.TagKeys));

    public static ValueTask<AwsResult> Handle(TopicRequest request)
    {
        var keys = request.List("TagKeys").ToHashSet(StringComparer.Ordinal);
        return TagRules.ChangeAsync(request, tags => tags.Where(tag => !keys.Contains(tag.Key)).ToDictionary());
    }
}

/// <summary>https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html</summary>
static class ListTagsForResource
{
    public static ValueTask<AwsResult> Handle(TopicRequest request)
    {
        if (request.Catalog.Find(request.TopicArn("ResourceArn")) is not { } state)
            return (AwsResult)TopicErrors.NoResource;
        return QueryAnswer.Of(request.Request, xml => xml.List("Tags", state.Topic.Tags, static (xml, tag) =>
        {
            xml.Text("Key", tag.Key);
            xml.Text("Value", tag.Value);
        }));
    }
}
