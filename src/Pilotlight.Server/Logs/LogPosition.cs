using System.Globalization;

namespace Pilotlight.Logs;

/// <summary>
/// A place in the order of events: by timestamp, then by writing. Events have odd ordinals in their chunk, the gaps around them even
/// ones, so that a paging token can stand between two events.
/// </summary>
readonly record struct LogPosition(long Timestamp, long Chunk, int Ordinal) : IComparable<LogPosition>
{
    public static LogPosition Start { get; } = default;

    public static LogPosition OfEvent(long timestamp, long chunk, int index) => new(timestamp, chunk, 2 * index + 1);

    /// <summary>Before every event of this time.</summary>
    public static LogPosition At(long timestamp) => new(timestamp, 0, 0);

    public LogPosition Before => this with { Ordinal = Ordinal - 1 };

    public LogPosition After => this with { Ordinal = Ordinal + 1 };

    public int CompareTo(LogPosition other)
    {
        var byTime = Timestamp.CompareTo(other.Timestamp);
        if (byTime != 0)
            return byTime;
        var byChunk = Chunk.CompareTo(other.Chunk);
        return byChunk != 0 ? byChunk : Ordinal.CompareTo(other.Ordinal);
    }

    /// <summary>56 digits, as AWS's event ids and tokens have.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Timestamp:D15}{Chunk:D19}{Ordinal:D22}");

    public static bool TryParse(ReadOnlySpan<char> digits, out LogPosition position)
    {
        position = default;
        if (digits.Length != 56
            || !long.TryParse(digits[..15], NumberStyles.None, CultureInfo.InvariantCulture, out var timestamp)
            || !long.TryParse(digits[15..34], NumberStyles.None, CultureInfo.InvariantCulture, out var chunk)
            || !int.TryParse(digits[34..], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal))
            return false;
        position = new LogPosition(timestamp, chunk, ordinal);
        return true;
    }
}
