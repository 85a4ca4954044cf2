using System.Buffers.Text;
using System.Text;

namespace Pilotlight.Api;

/// <summary>The opaque <c>Marker</c>: it names the first item of the next page, so that deleted items cost nobody a page.</summary>
public static class Paging
{
    /// <summary>Begins every marker, so that a text that only looks like one is refused, as AWS does.</summary>
    const string Mark = "next=";

    public static string MarkerOf(string firstOfNextPage) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Mark + firstOfNextPage));

    /// <summary>What the request's <c>Marker</c> names; empty for the first page.</summary>
    /// <exception cref="AwsException">It is none that was handed out.</exception>
    public static string Start(AwsRequest request)
    {
        var marker = request.Query("Marker");
        if (string.IsNullOrEmpty(marker))
            return "";
        return TryRead(marker, out var first) ? first : throw InvalidMarker.AsException();
    }

    /// <summary>What a marker names; false for one that was never handed out.</summary>
    public static bool TryRead(string marker, out string named)
    {
        named = "";
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Base64Url.DecodeFromChars(marker));
            if (!text.StartsWith(Mark, StringComparison.Ordinal))
                return false;
            named = text[Mark.Length..];
            return true;
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            return false;
        }
    }

    public static AwsError InvalidMarker { get; } = AwsError.InvalidParameter("Invalid pagination key.");

    /// <summary>The page size: what was asked for, but never more than AWS shows at once.</summary>
    public static int Size(AwsRequest request, int most) =>
        request.Query("MaxItems") is { Length: > 0 } asked ? Math.Min(int.Parse(asked), most) : most;
}
