using System.Globalization;

namespace Pilotlight.Buckets;

/// <summary>A part of a body: <c>bytes=0-9</c>, <c>bytes=5-</c>, <c>bytes=-3</c>.</summary>
readonly record struct ByteRange(long Start, long Length)
{
    public long Last => Start + Length - 1;

    /// <summary>Null for what is no single range, which is ignored as S3 ignores it.</summary>
    /// <param name="isSatisfiable">False when it is one, and outside of the body.</param>
    public static ByteRange? Of(string? header, long size, out bool isSatisfiable)
    {
        isSatisfiable = true;
        if (header is null || !header.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
            return null;
        var text = header.AsSpan("bytes=".Length).Trim();
        var dash = text.IndexOf('-');
        if (dash < 0)
            return null;
        var from = text[..dash];
        var to = text[(dash + 1)..];
        if (from.IsEmpty)
        {
            if (!TryParse(to, out var suffix))
                return null;
            isSatisfiable = suffix > 0 && size > 0;
            var length = Math.Min(suffix, size);
            return isSatisfiable ? new ByteRange(size - length, length) : null;
        }

        var last = long.MaxValue;
        if (!TryParse(from, out var start) || (!to.IsEmpty && !TryParse(to, out last)) || last < start)
            return null;
        isSatisfiable = start < size;
        return isSatisfiable ? new ByteRange(start, Math.Min(last, size - 1) - start + 1) : null;
    }

    /// <summary>Digits alone; what no number holds is beyond every end.</summary>
    static bool TryParse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9'))
            return false;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value))
            value = long.MaxValue;
        return true;
    }
}
