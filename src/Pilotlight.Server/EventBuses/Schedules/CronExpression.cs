using System.Globalization;

namespace Pilotlight.EventBuses;

/// <summary>
/// AWS's cron: minutes, hours, day of month, month, day of week, year. One of the two days is <c>?</c>; the other may say <c>L</c>,
/// <c>15W</c>, <c>LW</c>, <c>6L</c>, <c>6#3</c>. Days of the week count from Sunday, which is 1.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html</remarks>
sealed class CronExpression
{
    public const int FirstYear = 1970;
    public const int LastYear = 2199;

    static readonly string[] s_months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    static readonly string[] s_days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    readonly bool[] _minutes;
    readonly bool[] _hours;
    readonly bool[] _months;
    readonly bool[] _years;
    readonly Func<int, int, int, bool> _isDay;

    CronExpression(bool[] minutes, bool[] hours, Func<int, int, int, bool> isDay, bool[] months, bool[] years) =>
        (_minutes, _hours, _isDay, _months, _years) = (minutes, hours, isDay, months, years);

    /// <param name="text">What stands between the brackets. Null for what is none.</param>
    public static CronExpression? TryParse(string text)
    {
        if (text.Split(' ') is not [var minute, var hour, var dayOfMonth, var month, var dayOfWeek, var year]
            || (dayOfMonth == "?") == (dayOfWeek == "?"))
            return null;
        var minutes = Field(minute, 0, 59, []);
        var hours = Field(hour, 0, 23, []);
        var months = Field(month, 1, 12, s_months);
        var years = Field(year, FirstYear, LastYear, []);
        var isDay = dayOfWeek == "?" ? DayOfMonth(dayOfMonth) : DayOfWeek(dayOfWeek);
        return minutes is null || hours is null || months is null || years is null || isDay is null
            ? null
            : new CronExpression(minutes, hours, isDay, months, years);
    }

    public bool Matches(DateTime time) =>
        time is { Second: 0, Year: <= LastYear } && _minutes[time.Minute] && _hours[time.Hour] && _months[time.Month]
        && time.Year >= FirstYear && _years[time.Year] && _isDay(time.Year, time.Month, time.Day);

    /// <summary>The first time after another, on the same clock; null when there is none.</summary>
    public DateTime? Next(DateTime after)
    {
        var next = new DateTime(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0).AddMinutes(1);
        while (next.Year <= LastYear)
        {
            if (next.Year < FirstYear)
                next = new DateTime(FirstYear, 1, 1);
            else if (!_years[next.Year])
                next = new DateTime(next.Year + 1, 1, 1);
            else if (!_months[next.Month])
                next = new DateTime(next.Year, next.Month, 1).AddMonths(1);
            else if (!_isDay(next.Year, next.Month, next.Day))
                next = next.Date.AddDays(1);
            else if (!_hours[next.Hour])
                next = next.Date.AddHours(next.Hour + 1);
            else if (!_minutes[next.Minute])
                next = next.AddMinutes(1);
            else
                return next;
        }

        return null;
    }

    static Func<int, int, int, bool>? DayOfMonth(string text)
    {
        if (text == "L")
            return static (year, month, day) => day == DateTime.DaysInMonth(year, month);
        if (text == "LW")
            return static (year, month, day) => day == NearestWeekday(year, month, DateTime.DaysInMonth(year, month));
        if (text.EndsWith('W') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var wanted) && wanted is >= 1 and <= 31)
            return (year, month, day) => wanted <= DateTime.DaysInMonth(year, month) && day == NearestWeekday(year, month, wanted);
        return Field(text, 1, 31, []) is { } days ? (_, _, day) => days[day] : null;
    }

    /// <summary>The weekday nearest to a day without leaving the month.</summary>
    static int NearestWeekday(int year, int month, int day) => new DateTime(year, month, day).DayOfWeek switch
    {
        System.DayOfWeek.Saturday => day == 1 ? 3 : day - 1,
        System.DayOfWeek.Sunday => day == DateTime.DaysInMonth(year, month) ? day - 2 : day + 1,
        _ => day,
    };

    static Func<int, int, int, bool>? DayOfWeek(string text)
    {
        if (text == "L")
            return static (year, month, day) => Weekday(year, month, day) == 7;
        if (text.EndsWith('L') && Number(text[..^1], 1, 7, s_days) is { } last)
            return (year, month, day) => Weekday(year, month, day) == last && day + 7 > DateTime.DaysInMonth(year, month);
        if (text.Split('#') is [var weekday, var count])
            return Number(weekday, 1, 7, s_days) is { } wanted && Number(count, 1, 5, []) is { } nth
                ? (year, month, day) => Weekday(year, month, day) == wanted && (day - 1) / 7 == nth - 1
                : null;
        return Field(text, 1, 7, s_days) is { } days ? (year, month, day) => days[Weekday(year, month, day)] : null;
    }

    static int Weekday(int year, int month, int day) => (int)new DateTime(year, month, day).DayOfWeek + 1;

    /// <summary>What a field allows, by value; null for what is no field. A range may go around (<c>FRI-MON</c>), except for years.</summary>
    static bool[]? Field(string text, int low, int high, string[] names)
    {
        var allowed = new bool[high + 1];
        foreach (var item in text.Split(','))
        {
            var (range, step) = (item, 1);
            if (item.Split('/') is [var before, var after])
            {
                if (!int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1 || step > high)
                    return null;
                range = before;
            }

            if (Bounds(range, low, high, names, hasStep: item.Contains('/')) is not var (from, to))
                return null;
            if (from > to && low == FirstYear)
                return null;
            var span = high - low + 1;
            for (var at = from; at <= (from <= to ? to : to + span); at += step)
                allowed[low + ((at - low) % span)] = true;
        }

        return allowed;
    }

    static (int From, int To)? Bounds(string range, int low, int high, string[] names, bool hasStep)
    {
        if (range == "*")
            return (low, high);
        if (Number(range, low, high, names) is { } only)
            return (only, hasStep ? high : only);
        return range.Split('-') is [var from, var to] && Number(from, low, high, names) is { } first && Number(to, low, high, names) is { } last
            ? (first, last)
            : null;
    }

    static int? Number(string text, int low, int high, string[] names)
    {
        if (Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is >= 0 and var at)
            return low + at;
        return text.Length <= 4 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high ? number : null;
    }
}
