using Pilotlight.Authorization;

namespace Pilotlight.Topics;

/// <summary>Topics as authorization sees them.</summary>
sealed class JudgedTopic(TopicCatalog catalog) : IJudgedResource
{
    public string Service => "sns";

    /// <summary>Every resource of SNS: the last part of the ARN is the topic's name.</summary>
    public string Kind => "";

    public IPolicyDocument? PolicyOf(string arn) => catalog.Find(arn)?.Policy;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => catalog.Find(arn)?.Topic.Tags;
}
