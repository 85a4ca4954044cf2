using Pilotlight.Targets;

namespace Pilotlight.EventBuses;

/// <summary>Buses as others deliver to them.</summary>
sealed class EventBusTarget(BusCatalog buses, EventRouter router) : ITarget
{
    public string Service => "events";

    public string Action => "events:PutEvents";

    public bool Exists(string arn) => BusName.TryParse(arn) is { } bus && buses.Find(bus) is not null;

    public ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation) =>
        BusName.TryParse(delivery.TargetArn) is { } bus
            ? router.ForwardAsync(bus, delivery, 0)
            : ValueTask.FromResult(new DeliveryResult(DeliveryEnd.NoTarget, "ResourceNotFoundException", "There is no such event bus."));
}
