using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html</summary>
static class CreateSchedule
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        var asked = ScheduleRequest.Read(request, services.Time.GetUtcNow());
        if (services.Refuse(request, asked) is { } refused)
            return refused;
        var made = await services.Schedules.ChangeAsync(asked.Scope, asked.Key, known => known switch
        {
            null => asked,
            { ClientToken: { } token } when token == asked.ClientToken => known,
            _ => throw AwsError.Conflict($"Schedule {asked.Name} already exists.").AsConflict().AsException(),
        });
        // A rate comes at once, unless it has a start.
        if (ReferenceEquals(made, asked))
            await services.Clock.FollowAsync(new ScheduleTimer(made), made.AnchoredAt.AddTicks(-1));
        return BusAnswer.Of(writer => writer.WriteString("ScheduleArn", made!.Arn));
    }
}
