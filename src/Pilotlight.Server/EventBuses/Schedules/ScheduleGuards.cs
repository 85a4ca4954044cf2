using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.EventBuses;

/// <summary>Who makes a schedule must be allowed to pass its role on, and the role must trust Scheduler.</summary>
sealed class ScheduleGuards(Authorizer authorizer, ServiceRoles roles, TimeProvider time)
{
    public AwsError? Refuse(AwsRequest request, Schedule asked)
    {
        if (authorizer.Check(request, "iam:PassRole", asked.Target.RoleArn, ScheduleServices.PassedToScheduler) is { } notPassed)
            return notPassed;
        // The trust policy sees the group, not the schedule: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        return roles.CanBeWorn(new WornRole(asked.Target.RoleArn, "scheduler.amazonaws.com", asked.Scope.GroupArn(asked.Group)), time.GetUtcNow())
            ? null
            : AwsError.Validation("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
    }
}
