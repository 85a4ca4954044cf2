using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html</summary>
static class ListSchedules
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        var scope = BusScope.Of(request);
        var (group, state, prefix) = (request.Query("ScheduleGroup"), request.Query("State"), request.Query("NamePrefix") ?? "");
        if (group is not null && services.Groups.Find(scope, group) is null)
            return AwsResult.Refused(ScheduleErrors.NoGroup(group));
        var found = services.Schedules.List(scope).Where(entry => (group is null || entry.Value.Group == group)
            && (state is null || entry.Value.State == state) && entry.Value.Name.StartsWith(prefix, StringComparison.Ordinal));
        return BusAnswer.Page(ScheduleRequest.Page(request, found), "Schedules", static (writer, schedule) =>
        {
            writer.WriteString("Arn", schedule.Arn);
            writer.Time("CreationDate", schedule.CreatedAt);
            writer.WriteString("GroupName", schedule.Group);
            writer.Time("LastModificationDate", schedule.ModifiedAt);
            writer.WriteString("Name", schedule.Name);
            writer.WriteString("State", schedule.State);
            writer.Arn("Target", schedule.Target.Arn);
        });
    }
}
