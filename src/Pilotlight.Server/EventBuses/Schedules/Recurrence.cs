namespace Pilotlight.EventBuses;

/// <summary>An expression on the clocks of a place. An hour that clocks skip has no times; of one that they repeat only the first counts.</summary>
/// <param name="Anchor">What a rate counts from.</param>
sealed record Recurrence(ScheduleExpression Expression, TimeZoneInfo Zone, DateTimeOffset Anchor)
{
    /// <summary>The first time after another; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => Expression switch
    {
        ScheduleExpression.Rate(var period) => NextOfRate(period, after),
        ScheduleExpression.At(var local) => ToUtc(local) is { } once && once > after ? once : null,
        ScheduleExpression.Cron(var cron) => NextOfCron(cron, after),
        _ => null,
    };

    /// <summary>The last time that is not after another, among those from a known one on.</summary>
    public DateTimeOffset Latest(DateTimeOffset from, DateTimeOffset now)
    {
        if (Expression is ScheduleExpression.Rate(var period))
            return from + (period * Math.Max(0, Math.Floor((now - from) / period)));
        // Backwards in growing steps: a schedule of every minute after a year of standstill costs a few steps, not half a million.
        for (var back = TimeSpan.FromMinutes(2); back < now - from; back *= 4)
        {
            if (Next(now - back) is { } found && found <= now)
                return Last(found, now);
        }

        return Last(from, now);
    }

    DateTimeOffset Last(DateTimeOffset from, DateTimeOffset now)
    {
        while (Next(from) is { } next && next <= now)
            from = next;
        return from;
    }

    DateTimeOffset? NextOfRate(TimeSpan period, DateTimeOffset after)
    {
        if (after < Anchor)
            return Anchor;
        var passed = Math.Floor((after - Anchor) / period) + 1;
        try
        {
            return Anchor + (period * passed);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    DateTimeOffset? NextOfCron(CronExpression cron, DateTimeOffset after)
    {
        DateTime? local = TimeZoneInfo.ConvertTime(after, Zone).DateTime;
        while ((local = cron.Next(local.Value)) is { } next)
        {
            if (ToUtc(next) is { } found && found > after)
                return found;
        }

        return null;
    }

    DateTimeOffset? ToUtc(DateTime local)
    {
        if (Zone.IsInvalidTime(local))
            return null;
        // The larger offset from Greenwich is the earlier of two equal times.
        var offset = Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local);
        try
        {
            return new DateTimeOffset(local, offset).ToUniversalTime();
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
