using Pilotlight.Authorization;

namespace Pilotlight.Targets;

/// <summary>Hands a delivery to whatever its ARN names, when it is permitted. It makes one attempt: who sends knows its own rules for more.</summary>
public sealed partial class TargetDispatcher
{
    readonly Authorizer _authorizer;
    readonly ServiceRoles _roles;
    readonly TimeProvider _time;
    readonly ILogger _log;

    // Targets send on themselves (a topic to a queue), so they are looked up when first needed.
    readonly Lazy<Dictionary<string, ITarget>> _targets;

    /// <summary>Completes once everything that may be a target has read back what it keeps: until then it would look as if it were not there.</summary>
    readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TargetDispatcher(
        Func<IEnumerable<ITarget>> targets, Authorizer authorizer, ServiceRoles roles, IHostApplicationLifetime lifetime, TimeProvider time,
        ILogger<TargetDispatcher> log)
    {
        (_authorizer, _roles, _time, _log) = (authorizer, roles, time, log);
        _targets = new(() => targets().ToDictionary(static target => target.Service));
        lifetime.ApplicationStarted.Register(() => _started.TrySetResult());
        lifetime.ApplicationStopping.Register(() => _started.TrySetResult());
    }

    /// <summary>Whether the platform has what the ARN names; what it does not know of (a service that is not here) it has not.</summary>
    public bool Exists(string arn) => Find(arn)?.Exists(arn) ?? false;

    /// <summary>Null when the sender may deliver to the target; else the words of the refusal.</summary>
    public string? Refusal(Delivery delivery) => Find(delivery.TargetArn) is { } target ? Refusal(target, delivery) : NoTarget(delivery).Message;

    /// <summary>Where what runs there writes its log lines; null for what writes none.</summary>
    public string? LogGroupOf(string arn) => Find(arn)?.LogGroupOf(arn);

    /// <summary>One attempt.</summary>
    public async ValueTask<DeliveryResult> SendAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (!_started.Task.IsCompleted)
            await _started.Task.WaitAsync(cancellation);
        if (Find(delivery.TargetArn) is not { } target)
            return NoTarget(delivery);
        if (Refusal(target, delivery) is { } refusal)
            return new DeliveryResult(DeliveryEnd.Refused, "NO_PERMISSIONS", refusal);
        if (!target.Exists(delivery.TargetArn))
            return NoTarget(delivery);
        try
        {
            return await target.DeliverAsync(delivery, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            DeliveryFailed(failure, delivery.TargetArn);
            return new DeliveryResult(DeliveryEnd.Failed, "InternalFailure", "The target could not take the delivery.");
        }
    }

    ITarget? Find(string arn) =>
        arn.Split(':', 4) is ["arn", _, var service, _] ? _targets.Value.GetValueOrDefault(service) : null;

    string? Refusal(ITarget target, Delivery delivery)
    {
        var resource = target.ResourceOf(delivery);
        switch (delivery.Sender)
        {
            case Sender.Role(var worn):
                return _roles.Refusal(worn, target.Action, resource, _time.GetUtcNow());
            case Sender.Service(var principal, var sourceArn, var account):
                var call = new ServiceCall(principal, target.Action, resource) { SourceArn = sourceArn, SourceAccount = account };
                return _authorizer.Allows(call)
                    ? null
                    : $"{principal} is not authorized to perform: {target.Action} on resource: {resource} because no resource-based policy allows it";
            default:
                throw new InvalidOperationException("Unknown kind of sender.");
        }
    }

    static DeliveryResult NoTarget(Delivery delivery) =>
        new(DeliveryEnd.NoTarget, "RESOURCE_NOT_FOUND", $"The target {delivery.TargetArn} does not exist.");

    [LoggerMessage(Level = LogLevel.Error, Message = "A delivery to {Target} failed")]
    partial void DeliveryFailed(Exception failure, string target);
}
