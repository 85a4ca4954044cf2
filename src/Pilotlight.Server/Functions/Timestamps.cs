using System.Globalization;

namespace Pilotlight.Functions;

static class Timestamps
{
    /// <summary>The string that functions and layers show: milliseconds, and a literal <c>+0000</c>.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture);

    /// <summary>The number that mappings and event invoke configs show: seconds since 1970, with milliseconds.</summary>
    public static double EpochSeconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}
