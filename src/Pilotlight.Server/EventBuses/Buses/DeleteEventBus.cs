using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html: one that is not there is deleted too.</summary>
static class DeleteEventBus
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs)
    {
        var bus = BusName.Of(request, request.Required("Name"));
        if (bus.Name == EventBus.Default)
            return AwsError.Validation("Cannot delete event bus default.");
        await catalogs.Buses.ChangeAsync(bus, known => known is not null && catalogs.Rules.List(bus).Any()
            ? throw AwsError.Validation("Event bus can't be deleted since it has rules.").AsException()
            : null);
        return AwsResult.EmptyObject;
    }
}
