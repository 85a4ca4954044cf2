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

    public AwsError MissingToken => IsXml
        ? new(Status, "MissingAuthenticationToken", "Request is missing Authentication Token")
        : new(Status, "MissingAuthenticationTokenException", "Missing Authentication Token");

    public AwsError UnknownCredential => new(
        Status, IsXml ? "InvalidClientTokenId" : "UnrecognizedClientException", "The security token included in the request is invalid.");

    public AwsError ExpiredCredential => new(
        Status, IsXml ? "ExpiredToken" : "ExpiredTokenException", "The security token included in the request is expired");

    public AwsError SignatureMismatch => Mismatch(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");

    public AwsError Mismatch(string message) => new(Status, IsXml ? "SignatureDoesNotMatch" : "InvalidSignatureException", message);

    public AwsError Incomplete(string message) => new(400, IsXml ? "IncompleteSignature" : "IncompleteSignatureException", message);

    public AwsError IncompleteHeader(string message, string header) => Incomplete(
        $"{message}(Hashed with SHA-256 and encoded with Base64) Authorization={Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(header)))}");

    public AwsError NotADate(string text) => Incomplete(
        $"Date must be in ISO-8601 'basic format'. Got '{Quote(text)}'. See http://en.wikipedia.org/wiki/ISO_8601");

    public AwsError Algorithm(ReadOnlySpan<char> name) => Incomplete(
        $"Unsupported AWS 'algorithm': '{Quote(name)}' (only {SignatureClaim.Algorithm} for now). ");

    public AwsError Credential(ReadOnlySpan<char> credential) => Incomplete(
        $"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{Quote(credential)}'");

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
