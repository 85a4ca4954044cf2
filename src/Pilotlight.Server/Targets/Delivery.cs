using Pilotlight.Authorization;

namespace Pilotlight.Targets;

/// <summary>On whose leave something is delivered.</summary>
public abstract record Sender
{
    Sender()
    {
    }

    /// <summary>A service for one of its resources: the policy of the target must let it in.</summary>
    /// <param name="Principal">Such as <c>s3.amazonaws.com</c>.</param>
    /// <param name="SourceArn">Such as the bucket's ARN.</param>
    /// <param name="SourceAccount">The account that owns the resource.</param>
    public sealed record Service(string Principal, string SourceArn, string SourceAccount) : Sender;

    /// <summary>A service in the name of a role, which must trust it and be allowed.</summary>
    public sealed record Role(WornRole Worn) : Sender;
}

/// <summary>A value that travels beside the payload, to targets that have such (SQS, SNS).</summary>
/// <param name="DataType"><c>String</c>, <c>Number</c> or <c>Binary</c> (then base64), perhaps with a suffix of the user's (<c>Number.int</c>).</param>
public sealed record DeliveryAttribute(string DataType, string Value);

/// <summary>What makes a payload an event on a bus: the payload is its <c>detail</c>.</summary>
public sealed record BusEntry(string Source, string DetailType, IReadOnlyList<string> Resources);

/// <summary>One event, message or record on its way to what an ARN names.</summary>
public sealed record Delivery
{
    /// <summary>A function (perhaps with a qualifier), a queue, a topic, a bus, a bucket, a stream, a log group.</summary>
    public required string TargetArn { get; init; }

    /// <summary>UTF-8, nearly always JSON.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    public required Sender Sender { get; init; }

    /// <summary><c>X-Amzn-Trace-Id</c> with its lineage: loops through queues and topics are noticed by it.</summary>
    public string? TraceHeader { get; init; }

    public IReadOnlyDictionary<string, DeliveryAttribute> Attributes { get; init; } = new Dictionary<string, DeliveryAttribute>();

    /// <summary>To topics.</summary>
    public string? Subject { get; init; }

    /// <summary>To FIFO queues and topics.</summary>
    public string? MessageGroupId { get; init; }

    public string? MessageDeduplicationId { get; init; }

    /// <summary>To streams.</summary>
    public string? PartitionKey { get; init; }

    /// <summary>To buckets: the key of the object.</summary>
    public string? ObjectKey { get; init; }

    /// <summary>To buses; null when the payload is a whole event already.</summary>
    public BusEntry? Entry { get; init; }
}

/// <summary>How a delivery ended.</summary>
public enum DeliveryEnd
{
    /// <summary>The target has it on disk.</summary>
    Delivered,

    /// <summary>Neither the target's policy nor the role allows it.</summary>
    Refused,

    /// <summary>There is no such target.</summary>
    NoTarget,

    /// <summary>The target does not take such a payload, now or later.</summary>
    Rejected,

    /// <summary>The target could not take it now: another attempt may help.</summary>
    Failed,
}

/// <param name="Code">AWS's error code, such as <c>NO_PERMISSIONS</c>; null when delivered.</param>
/// <param name="Message">AWS's words; null when delivered.</param>
public readonly record struct DeliveryResult(DeliveryEnd End, string? Code = null, string? Message = null)
{
    public static DeliveryResult Delivered { get; } = new(DeliveryEnd.Delivered);

    public bool IsDelivered => End == DeliveryEnd.Delivered;
}
