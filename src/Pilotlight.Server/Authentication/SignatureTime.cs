using System.Globalization;

namespace Pilotlight.Authentication;

/// <summary>The two forms of a request's time: <c>20250131T235959Z</c>, and the HTTP date that a <c>Date</c> header may hold.</summary>
static class SignatureTime
{
    const string Basic = "yyyyMMdd'T'HHmmss'Z'";
    const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>HTTP's own form, and the mail form of UTC that botocore writes.</summary>
    static readonly string[] HttpDate =
    [
        "r", "ddd, dd MMM yyyy HH':'mm':'ss '-0000'", "ddd, dd MMM yyyy HH':'mm':'ss '+0000'",
    ];

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Basic, CultureInfo.InvariantCulture);

    public static bool TryParse(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, Basic, CultureInfo.InvariantCulture, Utc, out time);

    public static bool TryParseHttpDate(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, HttpDate, CultureInfo.InvariantCulture, Utc, out time);
}
