using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>
/// Why a signature is refused, in AWS's words and in the code that the protocol uses (spec/iam.md 1.4): the XML services drop
/// <c>Exception</c> and name some cases otherwise; the json-1.x services answer 400 where others answer 403.
/// </summary>
readonly struct AuthenticationErrors(AwsProtocol protocol)
{
    const int MaxQuotedChars = 128;

    bool IsXml => protocol is AwsProtocol.Query or AwsProtocol.RestXml;

    int Status => protocol is AwsProtocol.Json10 or AwsProtocol.Json11 ? 400 : 403;

    /// <summary>S3 has codes of its own.</summary>
    public bool IsS3 => protocol == AwsProtocol.RestXml;

    public AwsError MissingToken => IsS3 ? new(403, "AccessDenied", "Access Denied") : IsXml
        ? new(Status, "MissingAuthenticationToken", "Request is missing Authentication Token")
        : new(Status, "MissingAuthenticationTokenException", "Missing Authentication Token");

    public AwsError OldSignature => new(
        400, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");

    public AwsError UnknownCredential => IsS3
        ? new(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
        : new(
        Status, IsXml ? "InvalidClientTokenId" : "UnrecognizedClientException", "The security token included in the request is invalid.");

    public AwsError ExpiredCredential => IsS3 ? new(400, "ExpiredToken", "The provided token has expired.") : new(
        Status, IsXml ? "ExpiredToken" : "ExpiredTokenException", "The security token included in the request is expired");

    public AwsError SignatureMismatch => Mismatch(IsS3
        ? "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        :
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");

    public AwsError Mismatch(string message) => new(Status, IsXml ? "SignatureDoesNotMatch" : "InvalidSignatureException", message);

    /// <summary>A credential for another service, region or day.</summary>
    public AwsError WrongScope(string message) => IsS3
        ? new(400, "AuthorizationHeaderMalformed", $"The authorization header is malformed; {message.TrimEnd()}")
        : Mismatch(message);

    public AwsError NotSigned(string message) => IsS3 ? new(403, "AccessDenied", message) : Mismatch(message);

    public AwsError Incomplete(string message) => IsS3 ? new(400, "AuthorizationHeaderMalformed", $"The authorization header is malformed; {message.TrimEnd()}") : new(400, IsXml ? "IncompleteSignature" : "IncompleteSignatureException", message);

    public AwsError IncompleteHeader(string message, string header) => Incomplete(
        $"{message}(Hashed with SHA-256 and encoded with Base64) Authorization={Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(header)))}");

    public AwsError NotADate(string text) => Incomplete(
        $"Date must be in ISO-8601 'basic format'. Got '{Quote(text)}'. See http://en.wikipedia.org/wiki/ISO_8601");

    public AwsError Algorithm(ReadOnlySpan<char> name) => Incomplete(
        $"Unsupported AWS 'algorithm': '{Quote(name)}' (only {SignatureClaim.Algorithm} for now). ");

    public AwsError Credential(ReadOnlySpan<char> credential) => Incomplete(
        $"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{Quote(credential)}'");

    /// <summary>What S3 says of a clock that is wrong, and of a link whose time is over.</summary>
    public AwsError? OutOfTime(DateTimeOffset signed, DateTimeOffset now, TimeSpan? lifetime) => !IsS3 ? null : lifetime is { } seconds
        ? new AwsError(403, "AccessDenied", now > signed ? "Request has expired" : "Request is not valid yet") with
        {
            Members =
            [
                ("X-Amz-Expires", ((long)seconds.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
                ("Expires", Iso(signed + seconds)), ("ServerTime", Iso(now)),
            ],
        }
        : new AwsError(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.") with
        {
            Members = [("RequestTime", SignatureTime.Format(signed)), ("ServerTime", Iso(now)), ("MaxAllowedSkewMilliseconds", "900000")],
        };

    static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public AwsError Expired(string timestamp, DateTimeOffset now, TimeSpan window) => Mismatch(
        $"Signature expired: {timestamp} is now earlier than {SignatureTime.Format(now - window)} ({SignatureTime.Format(now)} - {Spell(window)})");

    public AwsError NotYetCurrent(string timestamp, DateTimeOffset now, TimeSpan window) => Mismatch(
        $"Signature not yet current: {timestamp} is still later than {SignatureTime.Format(now + window)} ({SignatureTime.Format(now)} + {Spell(window)})");

    static string Spell(TimeSpan window) =>
        window.Ticks % TimeSpan.TicksPerMinute == 0 ? $"{(long)window.TotalMinutes} min." : $"{(long)window.TotalSeconds} sec.";

    /// <summary>What a client sent, made fit for a message: short, and without characters that an answer could not carry.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        var quoted = text[..Math.Min(text.Length, MaxQuotedChars)].ToArray();
        foreach (ref var letter in quoted.AsSpan())
        {
            if (letter is < ' ' or > '~')
                letter = '?';
        }

        return new string(quoted);
    }
}
