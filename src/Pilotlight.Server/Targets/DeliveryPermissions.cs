using Pilotlight.Authorization;

namespace Pilotlight.Targets;

/// <summary>Whether a sender may deliver to a target.</summary>
public sealed class DeliveryPermissions(Authorizer authorizer, ServiceRoles roles, TimeProvider time)
{
    /// <summary>Null when it may, else the words of the refusal.</summary>
    public string? Refusal(ITarget target, Delivery delivery)
    {
        var resource = target.ResourceOf(delivery);
        switch (delivery.Sender)
        {
            case Sender.Role(var worn):
                return roles.Refusal(worn, target.Action, resource, time.GetUtcNow());
            case Sender.Service(var principal, var sourceArn, var account):
                var call = new ServiceCall(principal, target.Action, resource) { SourceArn = sourceArn, SourceAccount = account };
                return authorizer.Allows(call)
                    ? null
                    : $"{principal} is not authorized to perform: {target.Action} on resource: {resource} because no resource-based policy allows it";
            default:
                throw new InvalidOperationException("Unknown kind of sender.");
        }
    }
}
