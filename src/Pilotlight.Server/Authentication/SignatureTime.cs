using System.Globalization;

namespace Pilotlight.Authentication;

/// <summary>The two forms of a request's time: <c>20250131T235959Z</c>, and the HTTP date that a <c>Date</c> header may hold.</summary>
static class SignatureTime
{
    const string Basic = "yyyyMMdd'T'HHmmss'Z'";
    const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Basic, CultureInfo.InvariantCulture);

    public static bool TryParse(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, Basic, CultureInfo.InvariantCulture, Utc, out time);

    public static bool TryParseHttpDate(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, Utc, out time);
}
