using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html</summary>
static class ListEventBuses
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, BusCatalog buses) =>
        BusAnswer.Page(request.Page(buses.List(BusScope.Of(request)), bus => bus.Name), "EventBuses", EventBusAnswer.Write);
}
