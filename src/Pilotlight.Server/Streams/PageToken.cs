using System.Buffers.Text;
using System.Text;

namespace Pilotlight.Streams;

/// <summary>A <c>NextToken</c>: what the page before ended with, opaque to clients.</summary>
static class PageToken
{
    const string Mark = "after=";

    public static string Of(string last) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Mark + last));

    /// <exception cref="Api.AwsException">It is none that was handed out.</exception>
    public static string Read(string token)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Base64Url.DecodeFromChars(token));
            return text.StartsWith(Mark, StringComparison.Ordinal) ? text[Mark.Length..] : throw StreamsErrors.InvalidToken.AsException();
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            throw StreamsErrors.InvalidToken.AsException();
        }
    }
}
