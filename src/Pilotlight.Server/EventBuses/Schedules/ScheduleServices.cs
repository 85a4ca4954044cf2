using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.EventBuses;

/// <summary>What operations on schedules share.</summary>
sealed record ScheduleServices(ScheduleCatalog Schedules, ScheduleGroupCatalog Groups, ScheduleClock Clock, ScheduleGuards Guards, TimeProvider Time)
{
    public AwsError? Refuse(AwsRequest request, Schedule asked)
    {
        if (Groups.Find(asked.Scope, asked.Group) is null)
            return ScheduleErrors.NoGroup(asked.Group);
        return ScheduleRules.Refuse(asked) ?? Guards.Refuse(request, asked);
    }

    public static ConditionValues PassedToScheduler(string key) =>
        key.Equals("iam:PassedToService", StringComparison.OrdinalIgnoreCase) ? "scheduler.amazonaws.com" : ConditionValues.None;
}
