namespace Pilotlight.Targets;

/// <summary>
/// Hands a delivery to whatever its ARN names, when it is permitted. It makes one attempt: who sends knows its own rules for more. What is
/// sent while the platform starts waits until everybody has started: a function that is not loaded yet looks like one that is not there.
/// </summary>
public sealed partial class TargetDispatcher
{
    // Targets send on themselves (a topic to a queue), so they are looked up when first needed.
    readonly Lazy<Dictionary<string, ITarget>> _targets;
    readonly DeliveryPermissions _permissions;
    readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ILogger<TargetDispatcher> _log;

    public TargetDispatcher(
        Func<IEnumerable<ITarget>> targets, DeliveryPermissions permissions, IHostApplicationLifetime lifetime, ILogger<TargetDispatcher> log)
    {
        (_permissions, _log) = (permissions, log);
        _targets = new Lazy<Dictionary<string, ITarget>>(() => targets().ToDictionary(static target => target.Service));
        lifetime.ApplicationStarted.Register(() => _started.TrySetResult());
        // A start that is broken off: what waits is on disk, and must not be taken for undeliverable.
        lifetime.ApplicationStopping.Register(() => _started.TrySetCanceled());
    }

    /// <summary>Whether the platform has what the ARN names; what it does not know of (a service that is not here) it has not.</summary>
    public bool Exists(string arn) => Find(arn)?.Exists(arn) ?? false;

    /// <summary>Null when the sender may deliver to the target; else the words of the refusal.</summary>
    public string? Refusal(Delivery delivery) =>
        Find(delivery.TargetArn) is { } target ? _permissions.Refusal(target, delivery) : NoTarget(delivery).Message;

    /// <summary>Where what runs there writes its log lines; null for what writes none.</summary>
    public string? LogGroupOf(string arn) => Find(arn)?.LogGroupOf(arn);

    /// <summary>One attempt.</summary>
    public async ValueTask<DeliveryResult> SendAsync(Delivery delivery, CancellationToken cancellation)
    {
        await _started.Task.WaitAsync(cancellation);
        if (Find(delivery.TargetArn) is not { } target)
            return NoTarget(delivery);
        if (_permissions.Refusal(target, delivery) is { } refusal)
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

    static DeliveryResult NoTarget(Delivery delivery) =>
        new(DeliveryEnd.NoTarget, "RESOURCE_NOT_FOUND", $"The target {delivery.TargetArn} does not exist.");

    [LoggerMessage(Level = LogLevel.Error, Message = "A delivery to {Target} failed")]
    partial void DeliveryFailed(Exception failure, string target);
}
