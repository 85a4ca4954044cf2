namespace Pilotlight.Iam;

/// <summary>The parts of <c>arn:partition:service:region:account:resource</c>.</summary>
static class Arn
{
    public const int SegmentCount = 6;

    /// <summary>Empty when the ARN names no account or is none.</summary>
    public static ReadOnlySpan<char> AccountSpan(ReadOnlySpan<char> arn) => arn.StartsWith("arn:") ? Segment(arn, 4) : default;

    /// <summary>A segment counted from 0; the sixth keeps its own colons. Empty when there are fewer.</summary>
    public static ReadOnlySpan<char> Segment(ReadOnlySpan<char> arn, int index)
    {
        for (var skipped = 0; skipped < index; skipped++)
        {
            var colon = arn.IndexOf(':');
            if (colon < 0)
                return default;
            arn = arn[(colon + 1)..];
        }

        var end = index == SegmentCount - 1 ? -1 : arn.IndexOf(':');
        return end < 0 ? arn : arn[..end];
    }

    /// <summary>Whether there are six segments, the first <c>arn</c>.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> arn) => arn.StartsWith("arn:") && arn.Count(':') >= SegmentCount - 1;
}
