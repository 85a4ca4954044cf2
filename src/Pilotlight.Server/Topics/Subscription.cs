using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pilotlight.Topics;

[JsonConverter(typeof(JsonStringEnumConverter<SubscriptionState>))]
public enum SubscriptionState
{
    /// <summary>Its endpoint was sent a token and has not shown it yet.</summary>
    Pending,

    Confirmed,

    /// <summary>Its endpoint was told, with a token that restores it for two days.</summary>
    Deleted,
}

/// <summary>Who gets the messages of a topic; immutable.</summary>
public sealed record Subscription
{
    /// <summary>How long a token is good for.</summary>
    public static readonly TimeSpan TokenLife = TimeSpan.FromDays(2);

    static readonly ConditionalWeakTable<Subscription, Compiled> s_compiled = [];

    public required string Arn { get; init; }

    public required string TopicArn { get; init; }

    /// <summary>The account that subscribed.</summary>
    public required string Owner { get; init; }

    /// <summary><c>sqs</c>, <c>lambda</c>, <c>http</c>, <c>https</c>, <c>email</c> or <c>email-json</c>.</summary>
    public required string Protocol { get; init; }

    public required string Endpoint { get; init; }

    /// <summary>The ARN of whoever subscribed.</summary>
    public required string Principal { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public SubscriptionState State { get; init; }

    public bool ConfirmationWasAuthenticated { get; init; }

    public bool AuthenticateOnUnsubscribe { get; init; }

    /// <summary>The newest token; it confirms again after it has confirmed.</summary>
    public string? Token { get; init; }

    public DateTimeOffset? TokenExpires { get; init; }

    /// <summary>The platform as the subscriber reached it, such as <c>http://127.0.0.1:4566</c>: links in messages begin with it.</summary>
    public required string Address { get; init; }

    public bool RawMessageDelivery { get; init; }

    public string? FilterPolicy { get; init; }

    /// <summary><c>MessageAttributes</c> or <c>MessageBody</c>.</summary>
    public string FilterPolicyScope { get; init; } = Topics.FilterPolicy.Attributes;

    public string? RedrivePolicy { get; init; }

    public string? DeliveryPolicy { get; init; }

    [JsonIgnore]
    public bool IsHttp => Protocol is "http" or "https";

    /// <summary>Null when every message is wanted.</summary>
    [JsonIgnore]
    internal FilterPolicy? Filter => CompiledOf(this).Filter;

    /// <summary>The queue for what cannot be delivered, or null.</summary>
    [JsonIgnore]
    internal string? DeadLetterTarget => CompiledOf(this).DeadLetterTarget;

    [JsonIgnore]
    internal HttpDeliveryPolicy? HttpPolicy => CompiledOf(this).HttpPolicy;

    static Compiled CompiledOf(Subscription subscription) => s_compiled.GetValue(subscription, static subscription => new Compiled(subscription));

    sealed class Compiled
    {
        public Compiled(Subscription subscription)
        {
            Filter = subscription.FilterPolicy is { } policy ? Topics.FilterPolicy.Parse(policy, subscription.FilterPolicyScope) : null;
            HttpPolicy = subscription.DeliveryPolicy is { } delivery ? HttpDeliveryPolicy.OfSubscription(delivery) : null;
            if (subscription.RedrivePolicy is { } redrive)
            {
                using var json = JsonDocument.Parse(redrive);
                DeadLetterTarget = json.RootElement.GetProperty("deadLetterTargetArn").GetString();
            }
        }

        public FilterPolicy? Filter { get; }

        public string? DeadLetterTarget { get; }

        public HttpDeliveryPolicy? HttpPolicy { get; }
    }
}
