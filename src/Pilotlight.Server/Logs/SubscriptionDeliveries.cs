using System.Security.Cryptography;
using Pilotlight.Authorization;
using Pilotlight.Targets;

namespace Pilotlight.Logs;

/// <summary>Hands packed events of a subscription to its destination, by the leave that the destination's kind needs.</summary>
sealed class SubscriptionDeliveries(TargetDispatcher targets)
{
    /// <summary>The destination writes into the group: it would be invoked for its own lines, for ever.</summary>
    public bool IsForItself(LogSubscription subscription) => targets.LogGroupOf(subscription.DestinationArn) == subscription.Group.Group
        && subscription.DestinationArn.Split(':', 6)[4] == subscription.Group.Scope.AccountId;

    public ValueTask<DeliveryResult> SendAsync(LogSubscription subscription, string stream, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var delivery = new Delivery
        {
            TargetArn = subscription.DestinationArn,
            Payload = payload,
            Sender = SenderAs(subscription, "logs.amazonaws.com"),
            PartitionKey = subscription.Distribution == "Random" || stream.Length == 0 ? RandomNumberGenerator.GetHexString(32, lowercase: true) : PartitionKeyOf(stream),
        };
        // Policies name the service with its region or without; both are right.
        if (targets.Refusal(delivery) is not null)
            delivery = delivery with { Sender = SenderAs(subscription, $"logs.{subscription.Group.Scope.Region}.amazonaws.com") };
        return targets.SendAsync(delivery, cancellation);
    }

    static Sender SenderAs(LogSubscription subscription, string principal) => subscription.RoleArn is { } role
        ? new Sender.Role(new WornRole(role, principal, subscription.SourceArn))
        : new Sender.Service(principal, subscription.SourceArn, subscription.Group.Scope.AccountId);

    /// <summary>Kinesis takes 256 letters.</summary>
    static string PartitionKeyOf(string stream) => stream.Length <= 256 ? stream : Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(stream)));
}
