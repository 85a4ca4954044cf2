using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Pilotlight.Authorization;

namespace Pilotlight.Topics;

/// <summary>A topic as it was made and set; immutable.</summary>
public sealed record Topic
{
    public required string Arn { get; init; }

    public required string AccountId { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What was set explicitly, in the form in which it is shown; the policy is apart.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>Null for the policy that every topic starts with.</summary>
    public string? Policy { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public int SubscriptionsDeleted { get; init; }

    [JsonIgnore]
    public bool IsFifo => Attributes.GetValueOrDefault("FifoTopic") == "true";

    [JsonIgnore]
    public bool DeduplicatesByContent => Attributes.GetValueOrDefault("ContentBasedDeduplication") == "true";

    /// <summary>Deduplication looks at the group alone (high throughput) instead of the whole topic.</summary>
    [JsonIgnore]
    public bool DeduplicatesByGroup => Attributes.GetValueOrDefault("FifoThroughputScope") == "MessageGroup";

    [JsonIgnore]
    public string SignatureVersion => Attributes.GetValueOrDefault("SignatureVersion", "1");

    public Topic With(string attribute, string? value)
    {
        var attributes = Attributes.ToDictionary();
        if (value is null)
            attributes.Remove(attribute);
        else
            attributes[attribute] = value;
        return this with { Attributes = attributes };
    }
}

/// <summary>The policy of a topic as authorization compiles it.</summary>
sealed record TopicPolicy(string Document) : IPolicyDocument
{
    public static TopicPolicy Of(Topic topic) => new(topic.Policy ?? Default(topic));

    const string DefaultDocument =
        """
        {"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"TOPIC","Condition":{"StringEquals":{"AWS:SourceOwner":"ACCOUNT"}}}]}
        """;

    /// <summary>What AWS gives every topic. Its condition holds for calls that AWS's own services make for the owner, and nobody else's.</summary>
    static string Default(Topic topic) =>
        DefaultDocument.Replace("\"TOPIC\"", $"\"{topic.Arn}\"", StringComparison.Ordinal).Replace("\"ACCOUNT\"", $"\"{topic.AccountId}\"", StringComparison.Ordinal);
}

/// <summary>A topic with its subscriptions: what one change replaces as a whole.</summary>
sealed class TopicState
{
    public TopicState(Topic topic, ImmutableSortedDictionary<string, Subscription> subscriptions)
    {
        Topic = topic;
        Subscriptions = subscriptions;
        Policy = TopicPolicy.Of(topic);
        Active = [.. subscriptions.Values.Where(static subscription => subscription.State == SubscriptionState.Confirmed)];
    }

    public Topic Topic { get; }

    public TopicPolicy Policy { get; }

    /// <summary>By ARN.</summary>
    public ImmutableSortedDictionary<string, Subscription> Subscriptions { get; }

    /// <summary>Those that messages go to.</summary>
    public ImmutableArray<Subscription> Active { get; }

    /// <summary>What lists show: all but those that were deleted and could still be restored.</summary>
    public IEnumerable<Subscription> Shown => Subscriptions.Values.Where(static subscription => subscription.State != SubscriptionState.Deleted);

    public TopicState With(Topic topic) => new(topic, Subscriptions);

    public TopicState With(Subscription subscription) => new(Topic, Subscriptions.SetItem(subscription.Arn, subscription));

    public static TopicState New(Topic topic) => new(topic, ImmutableSortedDictionary.Create<string, Subscription>(StringComparer.Ordinal));
}
