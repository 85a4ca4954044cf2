using System.Security.Cryptography;
using System.Text;

namespace Pilotlight.Topics;

/// <param name="SequenceNumber">Of a FIFO topic, else null.</param>
readonly record struct Published(string MessageId, string? SequenceNumber);

/// <summary>Takes a message in: whom it is for, its place in a FIFO topic, and onto disk with everything that is to be delivered.</summary>
sealed class Publisher(DeliverySupervisor deliveries, FifoMemory memory, DeliverySettings settings)
{
    /// <summary>When the task completes, the message and its deliveries are on disk.</summary>
    public async Task<Published> PublishAsync(TopicState state, PublishInput input)
    {
        var topic = state.Topic;
        var message = new TopicMessage
        {
            MessageId = Guid.NewGuid().ToString(),
            TopicArn = topic.Arn,
            Message = input.Message,
            ByProtocol = input.ByProtocol,
            Subject = input.Subject,
            PublishedAt = settings.Time.GetUtcNow(),
            Attributes = input.Attributes,
            GroupId = input.GroupId,
            DeduplicationId = topic.IsFifo ? input.DeduplicationId ?? ContentId(input.Message) : null,
            TraceHeader = input.TraceHeader,
            SignatureVersion = topic.SignatureVersion,
        };
        var published = topic.IsFifo ? await InOrderAsync(state, message) : await AnyOrderAsync(state, message);
        settings.Meter.Published(topic.Arn);
        return published;
    }

    /// <summary>Sends an endpoint the token that it confirms with.</summary>
    public Task ConfirmAsync(TopicState state, Subscription subscription, string type)
    {
        var text = type == TopicMessage.SubscriptionConfirmation
            ? $"You have chosen to subscribe to the topic {subscription.TopicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message."
            : $"You have chosen to deactivate subscription {subscription.Arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.";
        return deliveries.SendAsync(
            new TopicMessage
            {
                Type = type,
                MessageId = Guid.NewGuid().ToString(),
                TopicArn = subscription.TopicArn,
                Message = text,
                PublishedAt = settings.Time.GetUtcNow(),
                SignatureVersion = state.Topic.SignatureVersion,
                Token = subscription.Token,
            },
            [subscription.Arn], inOrder: false);
    }

    async Task<Published> AnyOrderAsync(TopicState state, TopicMessage message)
    {
        if (Wanting(state, message) is { Count: > 0 } subscriptions)
            await deliveries.SendAsync(message, subscriptions, inOrder: false);
        return new Published(message.MessageId, null);
    }

    async Task<Published> InOrderAsync(TopicState state, TopicMessage message)
    {
        var key = state.Topic.DeduplicatesByGroup ? $"{message.GroupId}\n{message.DeduplicationId}" : message.DeduplicationId!;
        var (published, stored) = memory.Take(state.Topic.Arn, key, message, numbered =>
            Wanting(state, numbered) is { Count: > 0 } subscriptions ? deliveries.SendAsync(numbered, subscriptions, inOrder: true) : Task.CompletedTask);
        await stored;
        return published;
    }

    List<string> Wanting(TopicState state, TopicMessage message)
    {
        var wanting = new List<string>(state.Active.Length);
        Dictionary<string, FilterBody?>? bodies = null;
        foreach (var subscription in state.Active)
        {
            if (subscription.Filter is not { } filter || Matches(filter, subscription))
                wanting.Add(subscription.Arn);
            else
                Interlocked.Increment(ref settings.Meter.Of(subscription.Arn).FilteredOut);
        }

        return wanting;

        bool Matches(FilterPolicy filter, Subscription subscription)
        {
            if (subscription.FilterPolicyScope != FilterPolicy.Body)
                return filter.Matches(message.Attributes);
            bodies ??= [];
            var text = message.TextFor(subscription.Protocol);
            if (!bodies.TryGetValue(text, out var body))
                bodies.Add(text, body = FilterBody.TryParse(text));
            return filter.Matches(body);
        }
    }

    static string ContentId(string message) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message)));
}
