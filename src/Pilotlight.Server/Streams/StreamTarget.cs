using Pilotlight.Targets;

namespace Pilotlight.Streams;

/// <summary>Streams as what something is delivered to: one record a delivery.</summary>
sealed class StreamTarget(StreamCatalog catalog, StreamWriter writer) : ITarget
{
    public string Service => "kinesis";

    public string Action => "kinesis:PutRecord";

    public bool Exists(string arn) => StreamArn.TryParse(arn) is { Consumer: null } && catalog.Find(arn) is { IsServing: true };

    public async ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (catalog.Find(delivery.TargetArn) is not { IsServing: true } stream)
            return new DeliveryResult(DeliveryEnd.NoTarget, "RESOURCE_NOT_FOUND", $"The target {delivery.TargetArn} does not exist.");
        var partitionKey = delivery.PartitionKey is { Length: > 0 } given ? given : Guid.NewGuid().ToString();
        if (partitionKey.Length > 256)
            return new DeliveryResult(DeliveryEnd.Rejected, "ValidationException", "The partition key has more than 256 characters.");
        var bytes = delivery.Payload.ToArray();
        if (PutRecord.RefuseSize(stream, bytes, partitionKey, "data") is { } tooLong)
            return new DeliveryResult(DeliveryEnd.Rejected, tooLong.Code, tooLong.Message);
        var written = await writer.PutAsync(stream, StreamWriter.HashOf(partitionKey, null), partitionKey, bytes);
        return written.Error is { } error ? new DeliveryResult(DeliveryEnd.Failed, error.Code, error.Message) : DeliveryResult.Delivered;
    }
}
