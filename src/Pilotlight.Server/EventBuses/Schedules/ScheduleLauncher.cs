using System.Text;
using System.Text.Json;

namespace Pilotlight.EventBuses;

/// <summary>Makes deliveries of what is due.</summary>
sealed class ScheduleLauncher(RuleCatalog rules, ScheduleCatalog schedules, Func<EventRouter> router, DeliveryStore store, EventBusOptions options)
{
    // The router needs nothing of this, but is made later.
    readonly Lazy<EventRouter> _router = new(router);

    public IEnumerable<ITimed> All() =>
        rules.All().Select(ITimed (rule) => Timer(rule)).Concat(schedules.All().Select(ITimed (schedule) => new ScheduleTimer(schedule)));

    /// <summary>As it is now; null when it is gone.</summary>
    public ITimed? Find(string arn)
    {
        if (Rule.Locate(arn) is var (scope, key))
            return rules.Find(scope, key) is { } rule ? Timer(rule) : null;
        return schedules.FindByArn(arn) is { } schedule ? new ScheduleTimer(schedule) : null;
    }

    /// <summary>Returns once its deliveries are on disk.</summary>
    public Task LaunchAsync(ITimed timed, DueTime due) => timed switch
    {
        RuleTimer { Rule: var rule } => rule.Targets.IsEmpty ? Task.CompletedTask : _router.Value.FireAsync(rule, EventOf(rule, due.Scheduled)),
        ScheduleTimer { Schedule: var schedule } => _router.Value.DeliverAsync([SchedulePlan.Of(schedule, due, store.NextId())], []),
        _ => Task.CompletedTask,
    };

    /// <summary>It has no further times.</summary>
    public async Task CompleteAsync(ITimed timed)
    {
        if (timed is ScheduleTimer { Schedule: { ActionAfterCompletion: "DELETE" } schedule })
            await schedules.ChangeAsync(schedule.Scope, schedule.Key, known => known == schedule ? null : known);
    }

    RuleTimer Timer(Rule rule) => new(rule, options.MissedRuleTolerance);

    static BusEvent EventOf(Rule rule, DateTimeOffset scheduled)
    {
        using var detail = JsonDocument.Parse("{}");
        return BusEvent.Make(rule.Scope, new EventEntry(Guid.NewGuid().ToString(), "aws.events", "Scheduled Event", scheduled) { Resources = [rule.Arn] }, detail.RootElement);
    }
}
