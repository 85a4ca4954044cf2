namespace Pilotlight.Targets;

/// <summary>Takes deliveries for one kind of resource. Registered as a service of this type by the slice that keeps the resources.</summary>
public interface ITarget
{
    /// <summary>As ARNs name it: <c>sqs</c>.</summary>
    string Service { get; }

    /// <summary>The IAM action that a delivery needs: <c>sqs:SendMessage</c>.</summary>
    string Action { get; }

    /// <summary>What the action is judged on; for a bucket it is the object.</summary>
    string ResourceOf(Delivery delivery) => delivery.TargetArn;

    /// <summary>Whether there is such a resource.</summary>
    bool Exists(string arn);

    /// <summary>The log group that the resource writes into; null for none.</summary>
    string? LogGroupOf(string arn) => null;

    /// <summary>Permission was checked. Returns once the delivery is on disk, or cannot be.</summary>
    ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation);
}
