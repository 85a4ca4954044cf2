using Pilotlight.Api;

namespace Pilotlight.EventBuses;

/// <summary>https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html: what the request does not name falls back to its default.</summary>
static class UpdateSchedule
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, ScheduleServices services)
    {
        var asked = ScheduleRequest.Read(request, services.Time.GetUtcNow());
        if (services.Schedules.Find(asked.Scope, asked.Group, asked.Name) is null)
            return ScheduleErrors.NoSchedule(asked.Name);
        if (services.Refuse(request, asked) is { } refused)
            return refused;
        var changed = await services.Schedules.ChangeAsync(asked.Scope, asked.Key, known =>
        {
            if (known is null)
                throw ScheduleErrors.NoSchedule(asked.Name).AsException();
            var again = known.Expression == asked.Expression && known.IsEnabled && asked.IsEnabled;
            return asked with { CreatedAt = known.CreatedAt, AnchoredAt = again ? known.AnchoredAt : asked.AnchoredAt };
        });
        // One that has another rhythm now begins anew.
        await services.Clock.FollowAsync(new ScheduleTimer(changed!), changed!.AnchoredAt == asked.AnchoredAt ? asked.AnchoredAt.AddTicks(-1) : null);
        return BusAnswer.Of(writer => writer.WriteString("ScheduleArn", changed!.Arn));
    }
}
