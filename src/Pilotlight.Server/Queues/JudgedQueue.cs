using Pilotlight.Authorization;

namespace Pilotlight.Queues;

/// <summary>Queues as authorization sees them.</summary>
sealed class JudgedQueue(QueueCatalog catalog) : IJudgedResource
{
    public string Service => "sqs";

    /// <summary>The last part of a queue's ARN is its bare name.</summary>
    public string Kind => "";

    public IPolicyDocument? PolicyOf(string arn) => catalog.Find(arn)?.Settings.Policy;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn) => catalog.Find(arn)?.Settings.Tags;
}
