using System.Text.Json;
using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html</summary>
static class GetSchedule
{
    public static ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        var group = request.Query("groupName") ?? ScheduleGroup.Default;
        if (services.Schedules.Find(BusScope.Of(request), group, request.Path("Name")) is not { } schedule)
            return AwsResult.Refused(ScheduleErrors.NoSchedule(request.Path("Name")));
        return BusAnswer.Of(writer =>
        {
            writer.WriteString("ActionAfterCompletion", schedule.ActionAfterCompletion);
            writer.WriteString("Arn", schedule.Arn);
            writer.Time("CreationDate", schedule.CreatedAt);
            writer.Text("Description", schedule.Description);
            writer.Time("EndDate", schedule.EndDate);
            writer.WriteStartObject("FlexibleTimeWindow");
            if (schedule.WindowMinutes is { } minutes)
                writer.WriteNumber("MaximumWindowInMinutes", minutes);
            writer.WriteString("Mode", schedule.WindowMinutes is null ? "OFF" : "FLEXIBLE");
            writer.WriteEndObject();
            writer.WriteString("GroupName", schedule.Group);
            writer.Text("KmsKeyArn", schedule.KmsKeyArn);
            writer.Time("LastModificationDate", schedule.ModifiedAt);
            writer.WriteString("Name", schedule.Name);
            writer.WriteString("ScheduleExpression", schedule.Expression);
            writer.WriteString("ScheduleExpressionTimezone", schedule.TimeZone);
            writer.Time("StartDate", schedule.StartDate);
            writer.WriteString("State", schedule.State);
            writer.WritePropertyName("Target");
            JsonSerializer.Serialize(writer, ScheduleRequest.Shown(schedule.Target), BusesJson.Default.ScheduleTarget);
        });
    }
}
