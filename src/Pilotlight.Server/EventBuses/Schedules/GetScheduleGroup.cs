using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetScheduleGroup.html</summary>
static class GetScheduleGroup
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services) =>
        services.Groups.Find(BusScope.Of(request), request.Path("Name")) is { } group
            ? BusAnswer.Of(writer => ScheduleGroupAnswer.Write(writer, group))
            : AwsResult.Refused(ScheduleErrors.NoGroup(request.Path("Name")));
}
