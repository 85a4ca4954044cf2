using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemovePermission.html</summary>
static class RemovePermission
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalog buses, TimeProvider time)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        var all = request.Flag("RemoveAllPermissions");
        await buses.ChangeAsync(bus, known =>
        {
            if (known is null)
                throw BusErrors.NoBus(bus.Name).AsException();
            if (all)
                return known with { Policy = null, ModifiedAt = time.GetUtcNow() };
            var rest = known.Policy is { } policy && request.Text("StatementId") is { } sid ? BusPolicy.Remove(policy, sid) : known.Policy;
            return ReferenceEquals(rest, known.Policy)
                ? throw BusErrors.NotFound("Statement with the provided id does not exist.").AsException()
                : known with { Policy = rest, ModifiedAt = time.GetUtcNow() };
        });
        return AwsResult.EmptyObject;
    }
}
