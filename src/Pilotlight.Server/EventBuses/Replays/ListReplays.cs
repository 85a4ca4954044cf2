using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListReplays.html</summary>
static class ListReplays
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ReplaySupervisor replays)
    {
        var (source, state) = (request.Text("EventSourceArn"), request.Text("State"));
        var found = replays.Catalog.List(BusScope.Of(request))
            .Where(entry => (source is null || entry.Value.EventSourceArn == source) && (state is null || entry.Value.State == state));
        return BusAnswer.Page(request.Page(found, replay => replay.Name), "Replays", ReplayAnswer.Write);
    }
}
