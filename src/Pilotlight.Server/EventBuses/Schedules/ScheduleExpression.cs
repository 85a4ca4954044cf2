using System.Globalization;

namespace Pilotlight.EventBuses;

/// <summary>When something comes: again and again after a while, at times of the calendar, or once.</summary>
abstract record ScheduleExpression
{
    ScheduleExpression()
    {
    }

    /// <param name="Period">24 hours a day, whatever clocks do.</param>
    public sealed record Rate(TimeSpan Period) : ScheduleExpression;

    public sealed record Cron(CronExpression Expression) : ScheduleExpression;

    /// <param name="Local">On the clocks of the schedule's zone.</param>
    public sealed record At(DateTime Local) : ScheduleExpression;

    /// <summary>As rules take it: UTC, and one minute is no minutes. Null for what is none.</summary>
    public static ScheduleExpression? TryParseRule(string text) => TryParse(text, exactUnits: true) is { } found and not At ? found : null;

    /// <summary>As EventBridge Scheduler takes it.</summary>
    public static ScheduleExpression? TryParseSchedule(string text) => TryParse(text, exactUnits: false);

    static ScheduleExpression? TryParse(string text, bool exactUnits)
    {
        if (!text.EndsWith(')') || text.IndexOf('(') is not (> 0 and var open))
            return null;
        var inside = text[(open + 1)..^1];
        return text[..open] switch
        {
            "rate" => TryParseRate(inside, exactUnits),
            "cron" => CronExpression.TryParse(inside) is { } cron ? new Cron(cron) : null,
            "at" => DateTime.TryParseExact(inside, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) ? new At(local) : null,
            _ => null,
        };
    }

    static Rate? TryParseRate(string text, bool exactUnits)
    {
        if (text.Split(' ') is not [var digits, var unit] || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count <= 0)
            return null;
        if (exactUnits && (count == 1) == unit.EndsWith('s'))
            return null;
        return unit switch
        {
            "minute" or "minutes" => new Rate(TimeSpan.FromMinutes(count)),
            "hour" or "hours" => new Rate(TimeSpan.FromHours(count)),
            "day" or "days" when count < 1_000_000 => new Rate(TimeSpan.FromDays(count)),
            _ => null,
        };
    }
}
