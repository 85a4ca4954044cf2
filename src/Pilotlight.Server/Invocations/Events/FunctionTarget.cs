using Pilotlight.Functions;
using Pilotlight.Targets;

namespace Pilotlight.Invocations.Events;

/// <summary>Functions as targets of topics, buses, buckets, schedules and destinations: they are invoked asynchronously.</summary>
sealed class FunctionTarget(FunctionCatalog catalog, EventQueue events, TimeProvider time) : ITarget
{
    const int MaxEventBytes = 1024 * 1024;

    public string Service => "lambda";

    public string Action => "lambda:InvokeFunction";

    public bool Exists(string arn) => IsFunction(arn) && catalog.Find(ReferenceOf(arn)) is not null;

    public string? LogGroupOf(string arn) => IsFunction(arn) && catalog.Find(ReferenceOf(arn)) is { } version ? version.Logging.Group ?? $"/aws/lambda/{version.Name}" : null;

    public async ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (!IsFunction(delivery.TargetArn) || ReferenceOf(delivery.TargetArn) is var reference && catalog.Find(reference) is not { } version)
            return new DeliveryResult(DeliveryEnd.NoTarget, "ResourceNotFoundException", $"Function not found: {delivery.TargetArn}");
        if (delivery.Payload.Length > MaxEventBytes)
            return new DeliveryResult(DeliveryEnd.Rejected, "RequestEntityTooLargeException", $"The event is larger than {MaxEventBytes} bytes.");
        if (PayloadJson.Problem(delivery.Payload.Span) is { } problem)
            return new DeliveryResult(DeliveryEnd.Rejected, "InvalidRequestContentException", problem);
        await events.AcceptAsync(ReferenceOf(delivery.TargetArn), Guid.NewGuid().ToString(), TraceHeader.From(delivery.TraceHeader, version, time), delivery.Payload);
        return DeliveryResult.Delivered;
    }

    static bool IsFunction(string arn) => arn.Split(':') is ["arn", _, "lambda", { Length: > 0 }, { Length: > 0 }, "function", { Length: > 0 }, ..];

    static FunctionReference ReferenceOf(string arn)
    {
        var name = FunctionName.Parse(arn);
        return new FunctionReference(name.AccountId!, name.Region!, name.Name, name.Qualifier);
    }
}
