using System.Globalization;
using Pilotlight.EventBuses;

namespace Pilotlight.Tests.EventBuses;

public sealed class CronExpressionTests
{
    [Theory]
    [InlineData("0 10 * * ? *", "2026-01-01T10:00", "2026-01-01T10:00 2026-01-02T10:00")]
    [InlineData("15 12 * * ? *", "2026-01-01T12:00", "2026-01-01T12:15")]
    [InlineData("0 18 ? * MON-FRI *", "2026-11-27T18:00", "2026-11-27T18:00 2026-11-30T18:00")]
    [InlineData("0 8 1 * ? *", "2026-01-01T09:00", "2026-02-01T08:00")]
    [InlineData("0/10 * ? * MON-FRI *", "2026-11-27T23:45", "2026-11-27T23:50 2026-11-30T00:00 2026-11-30T00:10")]
    [InlineData("0/5 8-17 ? * MON-FRI *", "2026-11-27T17:50", "2026-11-27T17:50 2026-11-27T17:55 2026-11-30T08:00")]
    [InlineData("0 9 ? * 2#1 *", "2026-11-25T00:00", "2026-12-07T09:00")]
    [InlineData("0 9 ? * 6L *", "2026-11-25T00:00", "2026-11-27T09:00 2026-12-25T09:00")]
    [InlineData("0 9 L * ? *", "2027-02-01T00:00", "2027-02-28T09:00 2027-03-31T09:00")]
    [InlineData("0 9 L 2 ? *", "2027-03-01T00:00", "2028-02-29T09:00")]
    [InlineData("0 0 29 2 ? *", "2026-01-01T00:00", "2028-02-29T00:00 2032-02-29T00:00")]
    [InlineData("0 9 3W * ? *", "2026-10-01T00:00", "2026-10-02T09:00 2026-11-03T09:00")]
    [InlineData("0 9 1W * ? *", "2026-08-01T00:00", "2026-08-03T09:00")]
    [InlineData("0 9 31W * ? *", "2026-05-01T00:00", "2026-05-29T09:00 2026-07-31T09:00")]
    [InlineData("0 9 LW * ? *", "2026-10-01T00:00", "2026-10-30T09:00")]
    [InlineData("0 9 ? * L *", "2026-11-25T00:00", "2026-11-28T09:00")]
    [InlineData("0 0 1 JAN,jul ? 2027-2028", "2026-01-01T00:00", "2027-01-01T00:00 2027-07-01T00:00 2028-01-01T00:00 2028-07-01T00:00")]
    [InlineData("30 14 ? * 2-6/2 *", "2026-11-25T00:00", "2026-11-25T14:30 2026-11-27T14:30 2026-11-30T14:30")]
    public void Comes_when_AWS_says(string text, string from, string wanted)
    {
        var cron = CronExpression.TryParse(text)!;
        var at = Time(from).AddMinutes(-1);
        foreach (var next in wanted.Split(' '))
        {
            at = cron.Next(at)!.Value;
            Assert.Equal(Time(next), at);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("INVALID")]
    [InlineData("0 1 * * * *")]
    [InlineData("7 20 * * NOT *")]
    [InlineData("71 8 1 * ? *")]
    [InlineData("0 dummy ? * MON-FRI *")]
    [InlineData("0 10 ? * ? *")]
    [InlineData("0 10 * * ?")]
    [InlineData("0 10 * * ? * *")]
    [InlineData("0 24 * * ? *")]
    [InlineData("0 10 0 * ? *")]
    [InlineData("0 10 32 * ? *")]
    [InlineData("0 10 * 13 ? *")]
    [InlineData("0 10 ? * 0 *")]
    [InlineData("0 10 ? * 8 *")]
    [InlineData("0 10 ? * 2#6 *")]
    [InlineData("0 10 * * ? 1969")]
    [InlineData("0 10 * * ? 2200")]
    [InlineData("*/0 10 * * ? *")]
    [InlineData("0 10 L-3 * ? *")]
    [InlineData("0 10 W * ? *")]
    [InlineData("-1 10 * * ? *")]
    [InlineData("1,,2 10 * * ? *")]
    [InlineData("0  10 * * ? *")]
    public void What_AWS_does_not_take_is_none(string text) => Assert.Null(CronExpression.TryParse(text));

    [Fact]
    public void Goes_through_time_as_one_who_looks_at_every_minute()
    {
        var random = new Random(11);
        for (var round = 0; round < 60; round++)
        {
            var text = Random(random);
            var cron = CronExpression.TryParse(text);
            Assert.True(cron is not null, text);
            var at = new DateTime(2023 + random.Next(3), 1 + random.Next(12), 1, random.Next(24), random.Next(60), 0);
            var end = at.AddDays(45);
            var slow = new List<DateTime>();
            for (var minute = at.AddMinutes(1); minute <= end; minute = minute.AddMinutes(1))
            {
                if (Oracle(text, minute))
                    slow.Add(minute);
            }

            var quick = new List<DateTime>();
            for (var next = cron.Next(at); next <= end; next = cron.Next(next.Value))
                quick.Add(next.Value);
            Assert.True(slow.SequenceEqual(quick), $"{text} from {at:s}: {slow.Count} and {quick.Count}");
        }
    }

    static string Random(Random random)
    {
        var minute = Pick(random, "0", "*/7", "5-20/5", "1,59", $"{random.Next(60)}");
        var hour = Pick(random, "*", "3", "8-17", "0/6", "23,1");
        var month = Pick(random, "*", "*", "1-6", "FEB", "2,4,12");
        var byMonth = Pick(random, "*", "1", "15W", "L", "29", "1-10/3", "31", "1W", "31W", "LW");
        var byWeek = Pick(random, "MON-FRI", "1", "7", "2#1", "6#5", "L", "3L", "SUN,SAT", "FRI-MON");
        return random.Next(2) == 0 ? $"{minute} {hour} {byMonth} {month} ? *" : $"{minute} {hour} ? {month} {byWeek} 2023-2026";
    }

    static string Pick(Random random, params string[] from) => from[random.Next(from.Length)];

    /// <summary>Written apart: each question is answered by counting days, without tables.</summary>
    static bool Oracle(string text, DateTime time)
    {
        var fields = text.Split(' ');
        return Plain(fields[0], time.Minute, 0, 59) && Plain(fields[1], time.Hour, 0, 23) && Plain(Months(fields[3]), time.Month, 1, 12)
            && (fields[5] == "*" || Plain(fields[5], time.Year, 1970, 2199))
            && (fields[4] == "?" ? OfMonth(fields[2], time.Date) : OfWeek(Days(fields[4]), time.Date));
    }

    static string Months(string text) => text.Replace("FEB", "2");

    static string Days(string text) => text.Replace("SUN", "1").Replace("MON", "2").Replace("FRI", "6").Replace("SAT", "7");

    static bool Plain(string text, int value, int low, int high) => text.Split(',').Any(item =>
    {
        var step = item.Contains('/') ? int.Parse(item.Split('/')[1], CultureInfo.InvariantCulture) : 1;
        var range = item.Split('/')[0];
        var from = range == "*" ? low : int.Parse(range.Split('-')[0], CultureInfo.InvariantCulture);
        var to = range == "*" || (item.Contains('/') && !range.Contains('-')) ? high : int.Parse(range.Split('-')[^1], CultureInfo.InvariantCulture);
        if (from <= to)
            return value >= from && value <= to && (value - from) % step == 0;
        return value >= from || value <= to;
    });

    static bool OfMonth(string text, DateTime day)
    {
        var last = Enumerable.Range(0, 31).Select(n => day.AddDays(n)).TakeWhile(one => one.Month == day.Month).Last().Day;
        if (text == "L")
            return day.Day == last;
        if (!text.EndsWith('W'))
            return Plain(text, day.Day, 1, 31);
        var wanted = text == "LW" ? last : int.Parse(text[..^1], CultureInfo.InvariantCulture);
        if (wanted > last)
            return false;
        // The weekday of the month that is nearest, the earlier of two.
        var nearest = Enumerable.Range(1, last).Select(n => new DateTime(day.Year, day.Month, n))
            .Where(one => one.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)).MinBy(one => Math.Abs(one.Day - wanted));
        return day == nearest;
    }

    static bool OfWeek(string text, DateTime day)
    {
        var weekday = (int)day.DayOfWeek + 1;
        if (text == "L")
            return weekday == 7;
        if (text.EndsWith('L'))
            return weekday == int.Parse(text[..^1], CultureInfo.InvariantCulture) && day.AddDays(7).Month != day.Month;
        if (text.Contains('#'))
            return weekday == int.Parse(text.Split('#')[0], CultureInfo.InvariantCulture)
                && Enumerable.Range(1, day.Day).Count(n => new DateTime(day.Year, day.Month, n).DayOfWeek == day.DayOfWeek) == int.Parse(text.Split('#')[1], CultureInfo.InvariantCulture);
        return Plain(text, weekday, 1, 7);
    }

    static DateTime Time(string text) => DateTime.ParseExact(text, "yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);
}
