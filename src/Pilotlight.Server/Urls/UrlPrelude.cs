using System.Buffers;
using System.Text.Json;

namespace Pilotlight.Urls;

enum PreludeState
{
    Incomplete,
    Complete,
    Malformed,
}

/// <summary>
/// The head of a streamed HTTP answer: JSON, then eight NUL bytes, then the body (spec/runtime-api.md 2.6). It comes in pieces, cut
/// anywhere. JSON holds no NUL, so the first one ends it.
/// </summary>
static class UrlPrelude
{
    public const string ContentType = "application/vnd.awslambda.http-integration-response";
    public const int MaxBytes = 64 * 1024;
    const int DelimiterBytes = 8;

    /// <summary>Looks at everything that has come so far; when complete, the head and where the body begins.</summary>
    public static PreludeState TryRead(in ReadOnlySequence<byte> received, out UrlHead? head, out SequencePosition body)
    {
        head = null;
        body = received.Start;
        if (received.PositionOf((byte)0) is not { } end)
            return received.Length > MaxBytes ? PreludeState.Malformed : PreludeState.Incomplete;
        var json = received.Slice(0, end);
        if (json.Length > MaxBytes)
            return PreludeState.Malformed;
        var rest = received.Slice(end);
        Span<byte> delimiter = stackalloc byte[DelimiterBytes];
        var present = (int)Math.Min(DelimiterBytes, rest.Length);
        rest.Slice(0, present).CopyTo(delimiter);
        if (delimiter[..present].ContainsAnyExcept((byte)0))
            return PreludeState.Malformed;
        if (present < DelimiterBytes)
            return PreludeState.Incomplete;
        head = Parse(json);
        body = rest.GetPosition(DelimiterBytes);
        return head is null ? PreludeState.Malformed : PreludeState.Complete;
    }

    static UrlHead? Parse(in ReadOnlySequence<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return UrlHead.TryRead(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
