using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html: its schedules go with it.</summary>
static class DeleteScheduleGroup
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        var scope = BusScope.Of(request);
        var name = request.Path("Name");
        if (name == ScheduleGroup.Default)
            return AwsError.Validation("The default schedule group cannot be deleted.");
        await services.Groups.ChangeAsync(scope, name, known => known is null ? throw ScheduleErrors.NoGroup(name).AsException() : null);
        foreach (var (key, schedule) in services.Schedules.List(scope).Where(entry => entry.Value.Group == name).ToList())
        {
            await services.Schedules.ChangeAsync(scope, key, static _ => null);
            await services.Clock.ForgetAsync(schedule.Arn);
        }

        return AwsResult.EmptyObject;
    }
}
