namespace Pilotlight.Iam;

/// <summary>
/// Matching of ARNs segment by segment: in the first five, wildcards stay between their colons. In the Resource element a <c>*</c> that
/// ends a segment may reach over colons; in the sixth segment every <c>*</c> does.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html and …condition_operators.html (ARN).</remarks>
static class ArnGlob
{
    /// <summary>As the Resource element is compared.</summary>
    public static bool MatchesResource(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, ref long work)
    {
        // The last asterisk that reached over colons is the only one that ever needs to reach further.
        int star = -1, starPattern = 0, starText = 0, segment = 0, at = 0, position = 0;
        while (true)
        {
            var length = segment == Arn.SegmentCount - 1 ? -1 : pattern[at..].IndexOf(':');
            if (length < 0)
            {
                if (Glob.Matches(pattern[at..], text[position..], out var isHopeless, ref work))
                    return true;
                if (isHopeless)
                    return false;
            }
            else
            {
                var piece = pattern.Slice(at, length);
                var end = text[position..].IndexOf(':');
                if (end >= 0 && Glob.Matches(piece, text.Slice(position, end), ref work))
                {
                    at += length + 1;
                    position += end + 1;
                    segment++;
                    if (piece is [.., Glob.Many])
                        (star, starPattern, starText) = (segment, at, position);
                    continue;
                }
            }

            if (star < 0)
                return false;
            var next = text[starText..].IndexOf(':');
            work++;
            if (next < 0)
                return false;
            starText += next + 1;
            (segment, at, position) = (star, starPattern, starText);
        }
    }

    /// <summary>As <c>ArnEquals</c> and <c>ArnLike</c> compare: six segments each, and no wildcard leaves its own.</summary>
    public static bool MatchesSegments(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, ref long work)
    {
        if (!Arn.IsWellFormed(pattern) || !Arn.IsWellFormed(text))
            return false;
        for (var segment = 1; segment < Arn.SegmentCount; segment++)
        {
            if (!Glob.Matches(Arn.Segment(pattern, segment), Arn.Segment(text, segment), ref work))
                return false;
        }

        return true;
    }
}
