using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html</summary>
static class DeleteSchedule
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        var scope = BusScope.Of(request);
        var (group, name) = (request.Query("groupName") ?? ScheduleGroup.Default, request.Path("Name"));
        await services.Schedules.ChangeAsync(scope, $"{group}/{name}", known => known is null ? throw ScheduleErrors.NoSchedule(name).AsException() : null);
        await services.Clock.ForgetAsync(scope.ScheduleArn(group, name));
        return AwsResult.EmptyObject;
    }
}
