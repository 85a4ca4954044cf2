using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListArchives.html</summary>
static class ListArchives
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalogs catalogs, DeliveryStore store)
    {
        var source = request.Text("EventSourceArn");
        if (source is not null && BusName.TryParse(source) is { } bus)
            catalogs.Buses.Get(bus);
        var state = request.Text("State") ?? "ENABLED";
        var found = catalogs.Archives.List(BusScope.Of(request))
            .Where(entry => (source is null || entry.Value.EventSourceArn == source) && state == "ENABLED");
        return BusAnswer.Page(request.Page(found, archive => archive.Name), "Archives", (writer, archive) => ArchiveAnswer.Write(writer, archive, store));
    }
}
