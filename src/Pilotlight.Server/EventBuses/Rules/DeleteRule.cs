using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html: one that is not there is deleted too.</summary>
static class DeleteRule
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, RuleServices services)
    {
        var bus = BusName.Of(request, request.Text("EventBusName"));
        services.Catalogs.Buses.Get(bus);
        var name = request.Required("Name");
        await services.Catalogs.Rules.ChangeAsync(bus, name, known =>
            known is { Targets.Length: > 0 } ? throw AwsError.Validation("Rule can't be deleted since it has targets.").AsException() : null);
        await services.Clock.ForgetAsync(RuleTimer.KeyOf(bus.Scope.RuleArn(bus.Name, name)));
        return AwsResult.EmptyObject;
    }
}
