namespace Pilotlight.EventBuses;

/// <summary>Something with times at which it happens: a rule with a schedule, a schedule.</summary>
interface ITimed
{
    /// <summary>Its ARN.</summary>
    string Key { get; }

    /// <summary>Null while it is disabled, or has no times.</summary>
    Recurrence? Recurrence { get; }

    /// <summary>The first time after another; null when there is none.</summary>
    DueTime? DueAfter(DateTimeOffset after);

    /// <summary>How late a time that was missed still counts.</summary>
    TimeSpan Tolerance { get; }

    /// <summary>Nothing comes after this; null for no end.</summary>
    DateTimeOffset? End { get; }
}

/// <summary>The times of a rule: UTC, and a rate counts from when the rule was made or enabled.</summary>
sealed record RuleTimer(Rule Rule, TimeSpan Tolerance = default) : ITimed
{
    public string Key => KeyOf(Rule.Arn);

    public Recurrence? Recurrence => Rule is { IsEnabled: true, ScheduleExpression: { } text } && ScheduleExpression.TryParseRule(text) is { } expression
        ? new Recurrence(expression, TimeZoneInfo.Utc, Rule.EnabledAt)
        : null;

    public DateTimeOffset? End => null;

    public DueTime? DueAfter(DateTimeOffset after) => Recurrence?.Next(after < Rule.EnabledAt ? Rule.EnabledAt : after) is { } next ? new DueTime(Key, next, next) : null;

    public static string KeyOf(string arn) => arn;
}

/// <summary>The times of a schedule, between its dates and within its window.</summary>
sealed record ScheduleTimer(Schedule Schedule) : ITimed
{
    public string Key => Schedule.Arn;

    /// <summary>Lateness is the delivery's own matter: its age counts from the time it was scheduled for.</summary>
    public TimeSpan Tolerance => TimeSpan.MaxValue;

    public Recurrence? Recurrence => Schedule.IsEnabled && ScheduleExpression.TryParseSchedule(Schedule.Expression) is { } expression && ScheduleZone.TryFind(Schedule.TimeZone) is { } zone
        ? new Recurrence(expression, zone, Schedule.StartDate ?? Schedule.AnchoredAt)
        : null;

    /// <summary>Single times heed neither the start nor the end.</summary>
    public DateTimeOffset? End => Recurrence?.Expression is ScheduleExpression.At ? null : Schedule.EndDate;

    public DueTime? DueAfter(DateTimeOffset after)
    {
        if (Recurrence is not { } recurrence)
            return null;
        // A start in the future may be a time itself.
        var from = recurrence.Expression is not ScheduleExpression.At && Schedule.StartDate is { } start && start > after ? start.AddTicks(-1) : after;
        if (recurrence.Next(from) is not { } next || next > End)
            return null;
        var window = Schedule.WindowMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) * Random.Shared.NextDouble() : TimeSpan.Zero;
        return new DueTime(Key, next, next + window);
    }
}

/// <summary>Time zones by IANA's names, from the machine's tzdata.</summary>
static class ScheduleZone
{
    public static TimeZoneInfo? TryFind(string name)
    {
        if (name is "UTC" or "Etc/UTC")
            return TimeZoneInfo.Utc;
        // The name is a path under the folder of zones.
        if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('/' or '_' or '-' or '+')))
            return null;
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
    }
}
