using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListScheduleGroups.html</summary>
static class ListScheduleGroups
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        var prefix = request.Query("NamePrefix") ?? "";
        var found = services.Groups.List(BusScope.Of(request)).Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal));
        return BusAnswer.Page(ScheduleRequest.Page(request, found), "ScheduleGroups", ScheduleGroupAnswer.Write);
    }
}
