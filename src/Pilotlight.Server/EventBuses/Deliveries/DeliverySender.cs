using System.Globalization;
using System.Text;
using Pilotlight.Targets;

namespace Pilotlight.EventBuses;

/// <summary>Makes one attempt at a delivery.</summary>
sealed class DeliverySender(TargetDispatcher dispatcher, Func<EventRouter> router, DeliveryMeter meter)
{
    const int MaxHops = 10;
    const int MaxMessage = 1024;

    // The router sends through this.
    readonly Lazy<EventRouter> _router = new(router);

    public DeliveryMeter Meter => meter;

    public async ValueTask<DeliveryResult> SendAsync(PendingDelivery delivery, CancellationToken cancellation)
    {
        meter.Invoked();
        var plan = delivery.Plan;
        var sent = new Delivery
        {
            TargetArn = plan.TargetArn,
            Payload = PayloadOf(delivery),
            Sender = plan.Sender,
            TraceHeader = plan.TraceHeader,
            MessageGroupId = plan.MessageGroupId,
            PartitionKey = plan.PartitionKey,
            Entry = plan.Entry,
        };
        if (BusName.TryParse(plan.TargetArn) is not { } bus)
            return await dispatcher.SendAsync(sent, cancellation);
        if (plan.Hops >= MaxHops)
            return new DeliveryResult(DeliveryEnd.Rejected, "LOOP", "The event has gone through too many event buses.");
        if (!plan.IsOwnBus && dispatcher.Refusal(sent) is { } refusal)
            return new DeliveryResult(DeliveryEnd.Refused, "NO_PERMISSIONS", refusal);
        return await _router.Value.ForwardAsync(bus, sent, plan.Hops + 1);
    }

    /// <summary>To the dead-letter queue of the target.</summary>
    public ValueTask<DeliveryResult> BuryAsync(PendingDelivery delivery, CancellationToken cancellation)
    {
        var plan = delivery.Plan;
        var reason = delivery.DeadLetter!;
        var facts = new Dictionary<string, string?>
        {
            [plan.IsSchedule ? "SCHEDULE_ARN" : "RULE_ARN"] = plan.SourceArn,
            ["TARGET_ARN"] = plan.TargetArn,
            ["ERROR_CODE"] = reason.Code,
            ["ERROR_MESSAGE"] = reason.Message.Length > MaxMessage ? reason.Message[..MaxMessage] : reason.Message,
            ["RETRY_ATTEMPTS"] = Math.Max(reason.Attempts - 1, 0).ToString(CultureInfo.InvariantCulture),
            ["EXHAUSTED_RETRY_CONDITION"] = reason.ExhaustedCondition,
        };
        foreach (var (name, value) in plan.DeadLetterFacts ?? new Dictionary<string, string>())
            facts[name] = value;
        return dispatcher.SendAsync(
            new Delivery
            {
                TargetArn = plan.DeadLetterArn!,
                Payload = delivery.Original ?? delivery.Payload,
                // Schedules write to their queue in the name of their role, rules as the service.
                Sender = plan.IsSchedule ? plan.Sender : new Sender.Service(plan.Principal, plan.SourceArn, plan.AccountId),
                TraceHeader = plan.TraceHeader,
                Attributes = facts.Where(fact => !string.IsNullOrEmpty(fact.Value)).ToDictionary(fact => fact.Key, fact => new DeliveryAttribute("String", fact.Value!)),
            },
            cancellation);
    }

    static ReadOnlyMemory<byte> PayloadOf(PendingDelivery delivery)
    {
        const string Attempt = "<aws.scheduler.attempt-number>";
        if (!delivery.Plan.IsSchedule || delivery.Payload.Span.IndexOf("<aws.scheduler.attempt-number>"u8) < 0)
            return delivery.Payload;
        var text = Encoding.UTF8.GetString(delivery.Payload.Span);
        return Encoding.UTF8.GetBytes(text.Replace(Attempt, (delivery.Attempts + 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }
}
