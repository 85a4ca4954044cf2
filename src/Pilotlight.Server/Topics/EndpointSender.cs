using System.Text;
using Pilotlight.Targets;

namespace Pilotlight.Topics;

enum AttemptEnd
{
    Delivered,

    /// <summary>Another attempt may help.</summary>
    Failed,

    /// <summary>None will.</summary>
    Refused,
}

/// <param name="Reason">For the log; null when delivered.</param>
readonly record struct Attempt(AttemptEnd End, string? Reason = null)
{
    public static Attempt Delivered { get; } = new(AttemptEnd.Delivered);
}

/// <summary>Makes one attempt to bring a message to an endpoint, in the form in which that kind of endpoint gets it.</summary>
sealed class EndpointSender(TargetDispatcher dispatcher, MessageTexts texts, HttpEndpoints http)
{
    const string Principal = "sns.amazonaws.com";

    /// <summary>A queue takes no more attributes of a raw message.</summary>
    const int MostRawAttributes = 10;

    public ValueTask<Attempt> SendAsync(TopicMessage message, Subscription subscription, HttpDeliveryPolicy policy, CancellationToken cancellation) => subscription.Protocol switch
    {
        "http" or "https" => http.PostAsync(message, subscription, BodyFor(message, subscription), policy.ContentType ?? HttpDeliveryPolicy.DefaultContentType, cancellation),
        "sqs" => ToQueueAsync(message, subscription, subscription.Endpoint, cancellation),
        "lambda" => DispatchAsync(Base(message, subscription, subscription.Endpoint, texts.Event(message, subscription)), cancellation),
        _ => new(new Attempt(AttemptEnd.Refused, $"nothing is sent to {subscription.Protocol} endpoints")),
    };

    public ValueTask<Attempt> SendToDeadLetterQueueAsync(TopicMessage message, Subscription subscription, CancellationToken cancellation) =>
        subscription.DeadLetterTarget is { } queue
            ? ToQueueAsync(message, subscription, queue, cancellation)
            : new(new Attempt(AttemptEnd.Refused, "the subscription has no dead-letter queue any more"));

    static bool IsRaw(TopicMessage message, Subscription subscription) => subscription.RawMessageDelivery && message.Type == TopicMessage.Notification;

    string BodyFor(TopicMessage message, Subscription subscription) =>
        IsRaw(message, subscription) ? message.TextFor(subscription.Protocol) : texts.Envelope(message, subscription);

    ValueTask<Attempt> ToQueueAsync(TopicMessage message, Subscription subscription, string queue, CancellationToken cancellation)
    {
        var raw = IsRaw(message, subscription);
        if (raw && message.Attributes.Count > MostRawAttributes)
            return new(new Attempt(AttemptEnd.Refused, "a raw message has more than 10 attributes"));
        var delivery = Base(message, subscription, queue, Encoding.UTF8.GetBytes(BodyFor(message, subscription))) with
        {
            Attributes = raw ? message.Attributes.ToDictionary(static one => one.Key, static one => new DeliveryAttribute(one.Value.DataType, one.Value.Value)) : NoAttributes,
            MessageGroupId = message.GroupId,
            MessageDeduplicationId = queue.EndsWith(".fifo", StringComparison.Ordinal) ? message.DeduplicationId : null,
        };
        return DispatchAsync(delivery, cancellation);
    }

    static readonly Dictionary<string, DeliveryAttribute> NoAttributes = [];

    static Delivery Base(TopicMessage message, Subscription subscription, string target, byte[] payload) => new()
    {
        TargetArn = target,
        Payload = payload,
        Sender = new Sender.Service(Principal, subscription.TopicArn, TopicArn.TryParse(subscription.TopicArn)!.Value.AccountId),
        TraceHeader = message.TraceHeader,
    };

    async ValueTask<Attempt> DispatchAsync(Delivery delivery, CancellationToken cancellation)
    {
        var result = await dispatcher.SendAsync(delivery, cancellation);
        return result.End switch
        {
            DeliveryEnd.Delivered => Attempt.Delivered,
            DeliveryEnd.Failed => new Attempt(AttemptEnd.Failed, $"{result.Code}: {result.Message}"),
            _ => new Attempt(AttemptEnd.Refused, $"{result.Code}: {result.Message}"),
        };
    }
}
