using System.Globalization;
using Pilotlight.EventBuses;

namespace Pilotlight.Tests.EventBuses;

public sealed class RecurrenceTests
{
    [Fact]
    public void An_hour_that_clocks_skip_has_no_times()
    {
        // New York, 8 March 2026: 02:00 becomes 03:00.
        var daily = Of("cron(30 2 * * ? *)", "America/New_York");

        Assert.Equal(["2026-03-07T07:30", "2026-03-09T06:30"], Times(daily, "2026-03-07T00:00", 2));
    }

    [Fact]
    public void An_hour_that_clocks_repeat_counts_once()
    {
        // New York, 1 November 2026: 02:00 becomes 01:00.
        Assert.Equal(["2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30"], Times(Of("cron(30 1 * * ? *)", "America/New_York"), "2026-10-31T00:00", 3));
        Assert.Equal(
            ["2026-11-01T05:00", "2026-11-01T05:20", "2026-11-01T05:40", "2026-11-01T07:00"],
            Times(Of("cron(0/20 * * * ? *)", "America/New_York"), "2026-11-01T04:59", 4));
    }

    [Fact]
    public void Once_is_once_and_on_the_clocks_of_its_zone()
    {
        Assert.Equal(["2026-07-01T08:00"], Times(Of("at(2026-07-01T10:00:00)", "Europe/Berlin"), "2026-01-01T00:00", 2));
        Assert.Empty(Times(Of("at(2026-03-08T02:30:00)", "America/New_York"), "2026-01-01T00:00", 1));
        Assert.Equal(["2026-11-01T05:30"], Times(Of("at(2026-11-01T01:30:00)", "America/New_York"), "2026-01-01T00:00", 1));
    }

    [Fact]
    public void A_rate_counts_from_its_anchor_and_a_day_has_24_hours()
    {
        var daily = Of("rate(1 day)", "America/New_York") with { Anchor = Time("2026-03-07T12:00") };

        Assert.Equal(["2026-03-07T12:00", "2026-03-08T12:00", "2026-03-09T12:00"], Times(daily, "2026-03-07T11:00", 3));
        Assert.Equal(["2026-03-08T12:00"], Times(daily, "2026-03-07T12:00", 1));
    }

    [Theory]
    [InlineData("cron(0/20 * * * ? *)", "2026-11-01T00:00", "2026-11-03T10:50")]
    [InlineData("cron(0 3 L * ? *)", "2026-01-31T03:00", "2026-11-03T10:50")]
    [InlineData("cron(0 0 29 2 ? *)", "2024-02-29T00:00", "2031-11-03T10:50")]
    [InlineData("rate(7 minutes)", "2026-11-01T00:00", "2026-11-03T10:50")]
    public void The_last_of_missed_times_is_found(string text, string from, string now)
    {
        var recurrence = Of(text, "UTC") with { Anchor = Time(from) };
        var slow = Time(from);
        while (recurrence.Next(slow) is { } next && next <= Time(now))
            slow = next;

        Assert.Equal(slow, recurrence.Latest(Time(from), Time(now)));
    }

    /// <summary>Over years in places with odd clocks: what one finds who turns every minute of the world's time into the zone's.</summary>
    [Theory]
    [InlineData("America/New_York", "cron(15,45 0-4 * * ? *)", 2026)]
    [InlineData("Australia/Lord_Howe", "cron(0/15 1-3 * 4,10 ? *)", 2026)]
    [InlineData("Europe/London", "cron(30 1 ? * SUN *)", 2025)]
    public void Zones_are_kept_minute_by_minute(string zone, string text, int year)
    {
        var place = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var cron = CronExpression.TryParse(text[5..^1])!;
        var (from, to) = (new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var slow = new List<DateTimeOffset>();
        var seen = new HashSet<DateTime>();
        for (var minute = from.AddMinutes(1); minute <= to; minute = minute.AddMinutes(1))
        {
            var local = TimeZoneInfo.ConvertTime(minute, place).DateTime;
            if (cron.Matches(local) && seen.Add(local))
                slow.Add(minute);
        }

        var recurrence = Of(text, zone);
        var quick = new List<DateTimeOffset>();
        for (var next = recurrence.Next(from); next <= to; next = recurrence.Next(next.Value))
            quick.Add(next.Value);
        Assert.Equal(slow, quick);
    }

    [Theory]
    [InlineData("rate(5 minutes)", true)]
    [InlineData("rate(1 minute)", true)]
    [InlineData("rate(1 minutes)", false)]
    [InlineData("rate(5 minute)", false)]
    [InlineData("rate(0 minutes)", false)]
    [InlineData("rate(-1 minutes)", false)]
    [InlineData("rate( 5 minutes )", false)]
    [InlineData("RATE(5 minutes)", false)]
    [InlineData("rate(5 Minutes)", false)]
    [InlineData("rate(10 seconds)", false)]
    [InlineData("rate(10)", false)]
    [InlineData("rate()", false)]
    [InlineData(" rate(5 minutes)", false)]
    [InlineData("cron(0 10 * * ? *)", true)]
    [InlineData("at(2026-01-01T00:00:00)", false)]
    public void Rules_take_rates_and_cron(string text, bool taken) => Assert.Equal(taken, ScheduleExpression.TryParseRule(text) is not null);

    [Theory]
    [InlineData("at(2021-12-31T23:59:59)", true)]
    [InlineData("at(2021-12-31T23:59:59Z)", false)]
    [InlineData("at(2021-12-31)", false)]
    [InlineData("at(2021-02-30T00:00:00)", false)]
    [InlineData("rate(1 minutes)", true)]
    [InlineData("rate(99999999999 days)", false)]
    public void Schedules_take_single_times_too(string text, bool taken) => Assert.Equal(taken, ScheduleExpression.TryParseSchedule(text) is not null);

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("Europe/../UTC")]
    [InlineData("Nowhere/Town")]
    [InlineData("")]
    public void What_is_no_zone_is_none(string name) => Assert.Null(ScheduleZone.TryFind(name));

    static Recurrence Of(string text, string zone) => new(ScheduleExpression.TryParseSchedule(text)!, TimeZoneInfo.FindSystemTimeZoneById(zone), DateTimeOffset.UnixEpoch);

    static List<string> Times(Recurrence recurrence, string after, int most)
    {
        var found = new List<string>();
        for (var next = recurrence.Next(Time(after)); next is { } time && found.Count < most; next = recurrence.Next(time))
            found.Add(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture));
        return found;
    }

    static DateTimeOffset Time(string text) => DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
